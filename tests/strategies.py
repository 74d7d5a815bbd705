# SPDX-License-Identifier: Apache-2.0
"""Legal values of everything that travels, for hypothesis: what model and wire let through."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType

from hypothesis import strategies as st

from exchange.model.conversion import WHOLLY, Conversion, ConversionStep, Difference, Seals
from exchange.model.digest import Digest
from exchange.model.envelope import Envelope, Extension, Manifest, ManifestPart
from exchange.model.identity import Address, uuid7
from exchange.model.instant import from_milliseconds
from exchange.model.ledger_head import LedgerHead
from exchange.model.limits import KIB, MIB
from exchange.model.notice import BY_HUB as NOTICES_BY_HUB
from exchange.model.notice import BY_PARTICIPANT as NOTICES_BY_PARTICIPANT
from exchange.model.notice import Notice, NoticeKind
from exchange.model.priority import Priority
from exchange.model.ranges import Indices
from exchange.model.receipt import BY_HUB, BY_RECEIVER, HUB, PrivatePart, Receipt
from exchange.model.segment import SALT_BYTES, Slice, count_segments

# What XML 1.0 can carry, with a preference for what has to be escaped and for Chinese.
characters = st.one_of(
    st.sampled_from("&<>\"'\t\n\r ;]]>&amp;\u0085\u2028"),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
)
texts = st.text(characters, max_size=40)
words = st.text(characters, min_size=1, max_size=40)
unwritable = st.characters(
    categories=["Cc"], exclude_characters="\t\n\r\x7f" + "".join(map(chr, range(0x80, 0xA0)))
)

_names = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
participants = st.builds("{}.{}".format, st.integers(100000, 999999), _names)
addresses = st.builds(Address, participants, _names)
message_types = st.builds("{}.{}.v{}".format, _names, _names, st.integers(1, 99))
ids = st.builds(uuid7, st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
digests = st.builds(Digest, st.sampled_from(["sha256", "sm3"]), st.binary(min_size=32, max_size=32))
instants = st.integers(-62_000_000_000_000, 222_000_000_000_000).map(from_milliseconds)  # years 5 to 9004
numbers = st.integers(0, 10**18 - 1)
heads = st.builds(LedgerHead, numbers, digests, instants)
extensions = st.builds(Extension, words, texts, st.booleans())


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    """Any envelope that the model lets through."""
    size, segment_bytes = draw(st.integers(0, 64 * MIB)), draw(st.integers(64 * KIB, 4 * MIB))
    created = draw(instants)
    return Envelope(
        message_id=draw(ids),
        type=draw(message_types),
        sender=draw(addresses),
        to=tuple(draw(st.lists(addresses, max_size=4, unique=True))),
        priority=draw(st.sampled_from(Priority)),
        created=created,
        expires=created + timedelta(milliseconds=draw(st.integers(1, 10**10))),
        size_bytes=size,
        segment_bytes=segment_bytes,
        segments=count_segments(size, segment_bytes),
        root=draw(digests),
        suite=draw(words),
        certificate=draw(digests),
        directory_version=draw(numbers),
        manifest=draw(st.binary(max_size=300)),
        conversation=draw(st.none() | ids),
        in_reply_to=draw(st.none() | ids),
        follows=draw(st.none() | ids),
        attributes=MappingProxyType(draw(st.dictionaries(words, texts, max_size=4))),
        ledger_head=draw(st.none() | heads),
        extensions=tuple(draw(st.lists(extensions, max_size=3))),
    )


manifest_parts = st.builds(ManifestPart, words, words, words, numbers, digests)
manifests = st.builds(Manifest, texts, st.lists(manifest_parts, min_size=1, max_size=5).map(tuple))


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    """Any receipt that the model lets through."""
    by_hub = draw(st.booleans())
    receiver = draw(addresses)
    return Receipt(
        receipt_id=draw(ids),
        kind=draw(st.sampled_from(sorted(BY_HUB if by_hub else BY_RECEIVER, key=lambda kind: kind.value))),
        message_id=draw(ids),
        sender=draw(addresses),
        receiver=draw(st.none() | st.just(receiver)) if by_hub else receiver,
        envelope=draw(digests),
        priority=draw(st.sampled_from(Priority)),
        by=HUB if by_hub else receiver.participant,
        at=draw(instants),
        certificate=draw(digests),
        code=draw(st.just("") | words),
        directory_version=draw(st.none() | numbers),
        ledger_head=draw(st.none() | heads),
        private_digest=draw(st.none() | digests),
        private=draw(st.binary(max_size=200)),
    )


conversions = st.builds(
    Conversion,
    part=texts,
    found=texts,
    source=digests,
    result=digests,
    steps=st.lists(st.builds(ConversionStep, texts, texts, texts), max_size=3).map(tuple),
    delivered=st.booleans(),
    characters=st.none() | numbers,
    lost=st.none() | numbers,
    pages_before=st.none() | numbers,
    pages=st.none() | numbers,
    faces=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    difference=st.none() | st.builds(Difference, st.integers(0, WHOLLY), numbers, numbers),
    seals_before=st.none() | st.builds(Seals, numbers, numbers, numbers),
    seals_after=st.none() | st.builds(Seals, numbers, numbers, numbers),
)
private_parts = st.builds(
    PrivatePart,
    texts,
    st.none() | numbers,
    st.lists(texts, max_size=3).map(tuple),
    salt=texts,
    conversions=st.lists(conversions, max_size=2).map(tuple),
)  # what an application says, and what was converted for it


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    """Any notice that the model lets through."""
    by_hub = draw(st.booleans())
    kinds = NOTICES_BY_HUB if by_hub else NOTICES_BY_PARTICIPANT
    return Notice(
        notice_id=draw(ids),
        kind=draw(st.sampled_from([kind for kind in NoticeKind if kind in kinds])),
        by=HUB if by_hub else draw(participants),
        at=draw(instants),
        certificate=draw(digests),
        message_id=draw(st.just("") | ids),
        sender=draw(st.just("") | addresses.map(str)),
        receiver=draw(st.just("") | participants | addresses.map(str)),
        ranges=draw(indices().map(str)),
        version=draw(numbers),
        head=draw(texts),
        body=draw(st.binary(max_size=200)),
    )


@st.composite
def indices(draw: st.DrawFn, most: int = 200) -> Indices:
    """Any set of indices below a count."""
    count = draw(st.integers(0, most))
    return Indices.of(count, draw(st.sets(st.integers(0, count - 1))) if count else ())


slices = st.builds(
    Slice,
    index=st.integers(0, 10**9 - 1),
    offset=st.integers(0, 10**15 - 1),
    size=st.integers(0, 10**9 - 1),
    salt=st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES),
    compressed=st.sampled_from(["", "zstd"]),
    path=st.lists(st.binary(min_size=32, max_size=32), max_size=20).map(tuple),
)
