# SPDX-License-Identifier: Apache-2.0
"""
The settings of an office that opens documents of strangers: no macros, no links, no questions.

Written into a fresh profile before the office starts for the first time; nothing of a person's own
profile is ever read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_SECURITY = "/org.openoffice.Office.Common/Security/Scripting"
_SETTINGS: Final = (
    (_SECURITY, "MacroSecurityLevel", "3"),  # 3 = from trusted places alone, of which there are none
    (_SECURITY, "DisableMacrosExecution", "true"),
    (_SECURITY, "BlockUntrustedRefererLinks", "true"),
    (_SECURITY, "DisableActiveContent", "true"),
    (_SECURITY, "DisableOLEAutomation", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "2"),  # 2 = links are never followed
    ("/org.openoffice.Setup/L10N", "ooSetupSystemLocale", "zh-CN"),  # A4, where a document says nothing
    ("/org.openoffice.Setup/Office", "ooSetupInstCompleted", "true"),
    ("/org.openoffice.Setup/Office", "MigrationCompleted", "true"),
    ("/org.openoffice.Office.Common/Misc", "FirstRun", "false"),
    ("/org.openoffice.Office.Common/Misc", "UseSystemFileDialog", "false"),
    ("/org.openoffice.Office.Common/Save/Document", "CreateBackup", "false"),
    ("/org.openoffice.Office.Common/Save/Document", "GenerateThumbnail", "false"),  # half of writing an odt
    ("/org.openoffice.Office.Recovery/AutoSave", "Enabled", "false"),
    ("/org.openoffice.Office.Recovery/RecoveryInfo", "Enabled", "false"),
)
_ITEM = '<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>\n'


def write_profile(folder: Path) -> None:
    """Make a profile in *folder*."""
    user = folder / "user"
    user.mkdir(parents=True)
    items = "".join(_ITEM.format(path=path, name=name, value=value) for path, name, value in _SETTINGS)
    (user / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n{items}</oor:items>\n',
        encoding="utf-8",
    )
