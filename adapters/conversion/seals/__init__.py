# SPDX-License-Identifier: Apache-2.0
"""
Electronic seals and digital signatures in OFD documents: read, verified, and judged in words.

`verify_seals` is the whole of it: one verdict for each seal or signature that the document has or
claims to have, and none is left out because it could not be read.
"""

from adapters.conversion.seals.certificates import anchors_of
from adapters.conversion.seals.verdicts import Finding, Outcome, Picture, SealVerdict, Stamp
from adapters.conversion.seals.verification import verify_seals

__all__ = ["Finding", "Outcome", "Picture", "SealVerdict", "Stamp", "anchors_of", "verify_seals"]
