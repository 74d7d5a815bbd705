# SPDX-License-Identifier: Apache-2.0
"""What the hot folder says: in reason files, about manifests and settings."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # ---- why a file went to failed/
    "hot-folder.no-type": (
        "no message type is known for it: no manifest, no subfolder of out/ and no setting `type` names one",
        "无法确定报文类型：清单、out/ 的子目录和配置项 `type` 均未指定",
    ),
    "hot-folder.no-manifest": (
        "it has no manifest beside it, and this folder requires one",
        "旁边没有清单文件，而本目录要求每个文件附带清单",
    ),
    "hot-folder.unreadable": (
        "the adapter may not read it: its permissions forbid it",
        "适配器无权读取该文件，请检查文件权限",
    ),
    "hot-folder.two-manifests": ("it has two manifests: {names}", "存在两个清单：{names}"),
    "hot-folder.missing": (
        "after {seconds} s there is still no file {names}",
        "等待 {seconds} 秒后仍缺少文件 {names}",
    ),
    "hot-folder.vanished": (
        "{names} was taken away while it was being claimed",
        "领取过程中文件 {names} 被移走",
    ),
    "hot-folder.changed": (
        "it was written to after it had been taken: message {message_id} carries an earlier state of it. "
        "Write under another name, such as one that ends in .tmp, and rename when it is finished",
        "文件被领取后又被写入：报文 {message_id} 中是其较早的内容。"
        "请先以其他名称（如以 .tmp 结尾）写入，完成后再改名",
    ),
    "hot-folder.again": (
        "correct it, and put it into out/ again together with what belongs to it",
        "请更正后连同其附属文件重新放入 out/",
    ),
    # ---- what the bus answered
    "hot-folder.rejected-here": ("refused at the door of {by}, {at}", "在 {by} 处未被受理，{at}"),
    "hot-folder.rejected": ("{by} rejected it for {who}, {at}", "{by} 拒收（接收方 {who}），{at}"),
    "hot-folder.returned": ("{who} returned it, {at}", "{who} 退回，{at}"),
    "hot-folder.expired": ("it expired before {who} had it, {at}", "在送达 {who} 之前已过期，{at}"),
    "hot-folder.recalled": ("it was recalled before {who} had it, {at}", "在送达 {who} 之前已撤回，{at}"),
    "hot-folder.message": ("message {message_id}", "报文 {message_id}"),
    # ---- its settings, as `govbus adapter list` explains them; the English ones stand in the code
    "hot-folder.about": (
        "A hot folder: files put into out/ are sent, what arrives appears in in/.",
        "热文件夹：放入 out/ 的文件会被发送，收到的文件出现在 in/。",
    ),
    "hot-folder.setting.folder": (
        "the hot folder; out, in, sent, failed and receipts are made in it",
        "热文件夹；其中会建立 out、in、sent、failed 和 receipts",
    ),
    "hot-folder.setting.type": (
        "message type of files for which neither a subfolder nor a manifest names one",
        "子目录和清单均未指定时的报文类型",
    ),
    "hot-folder.setting.to": (
        "their receivers, such as 440500.tax/registry; none = the routing table decides",
        "其接收方，例如 440500.tax/registry；不填则由应用路由表决定",
    ),
    "hot-folder.setting.priority": ("empty = by size", "留空则按大小决定"),
    "hot-folder.setting.poll_seconds": (
        "between two looks into out/; a file is taken when two found it unchanged",
        "两次查看 out/ 的间隔秒数；连续两次未变化的文件才会被领取",
    ),
    "hot-folder.setting.pattern": (
        "only files like this are taken, such as *.docx; upper and lower case are the same",
        "只领取符合此模式的文件，例如 *.docx；不区分大小写",
    ),
    "hot-folder.setting.ignore": (
        "never taken, besides ~$*, *.tmp, *.part and hidden files",
        "除 ~$*、*.tmp、*.part 和隐藏文件外，另外忽略的文件",
    ),
    "hot-folder.setting.folders": ("subfolder of out/ -> its message type", "out/ 的子目录 -> 报文类型"),
    "hot-folder.setting.media_types": (
        "ending such as .txt -> its media type",
        "扩展名（如 .txt）-> 媒体类型",
    ),
    "hot-folder.setting.manifest_required": (
        "a file waits until a manifest speaks for it",
        "文件须等待其清单",
    ),
    "hot-folder.setting.patience_seconds": (
        "how long a manifest waits for its files, or a file for its manifest",
        "清单等待文件、或文件等待清单的秒数",
    ),
    "hot-folder.setting.receipts": (
        "keep every signed receipt in receipts/",
        "在 receipts/ 中保留每份签名回执",
    ),
    "hot-folder.setting.meta": (
        "when a .meta.json tells about what arrived",
        "何时以 .meta.json 说明收到的内容",
    ),
    "hot-folder.setting.lang": (
        "of the reason files; none = the daemon's",
        "原因文件的语言；不填则与守护进程相同",
    ),
    "hot-folder.has-failed": (
        "{count} files lie in {folder}, each with its reason beside it in a .reason.txt: correct them and "
        "put them into out/ again, or take them away",
        "{folder} 中有 {count} 个文件，各自的原因见旁边的 .reason.txt：请更正后重新放入 out/，或将其移走",
    ),
    "hot-folder.no-parent": (
        "there is no folder {parent} to make it in: make that folder, or correct `folder`",
        "上级目录 {parent} 不存在：请建立该目录，或更正 `folder`",
    ),
    "hot-folder.not-writable": (
        "{folder} is no folder, or this account may not read and write it; the daemon's account has to",
        "{folder} 不是目录，或当前账户无权读写；守护进程的账户须有读写权限",
    ),
    "hot-folder.stored": ("stored as {name}", "已存为 {name}"),
    # ---- manifests
    "hot-folder.manifest.where": ("line {line}, {key}: {reason}", "第 {line} 行，{key}：{reason}"),
    "hot-folder.manifest.too-long": ("a manifest has at most {limit} bytes", "清单最多 {limit} 字节"),
    "hot-folder.manifest.not-utf-8": (
        "it is not UTF-8 text: save it in that encoding",
        "不是 UTF-8 文本：请以 UTF-8 编码保存",
    ),
    "hot-folder.manifest.root": ("the document element is called `manifest`", "根元素应为 `manifest`"),
    "hot-folder.manifest.twice": ("it is said twice", "重复指定"),
    "hot-folder.manifest.unknown-key": (
        "there is no such key; there are {wanted}",
        "没有该键；可用的键为 {wanted}",
    ),
    "hot-folder.manifest.not-text": (
        "a text is wanted, in quotes and not empty; found {found}",
        "应为非空文本（加引号）；实为 {found}",
    ),
    "hot-folder.manifest.not-table": ("a table of names and texts is wanted", "应为名称与文本的表"),
    "hot-folder.manifest.not-seconds": (
        "a number of seconds above 0 is wanted; found {found}",
        "应为大于 0 的秒数；实为 {found}",
    ),
    "hot-folder.manifest.one-of": ("found {found}, wanted one of {wanted}", "{found} 不在 {wanted} 之中"),
    "hot-folder.manifest.same-folder": (
        "the name of a file in the same folder is wanted; found {found}",
        "应为同一目录中的文件名；实为 {found}",
    ),
    "hot-folder.manifest.named-twice": ("a file is named more than once", "同一文件被多次指定"),
    # ---- settings
    "hot-folder.not-negative": ("must not be negative", "不能为负数"),
    "hot-folder.another": (
        "it is not the hot folder that was used before. Is its share mounted? "
        "If it was replaced on purpose, remove {known}",
        "不是此前使用的热文件夹。共享目录是否已挂载？如确已更换，请删除 {known}",
    ),
}
