# SPDX-License-Identifier: Apache-2.0
"""The `directory` adapter: a hot folder that people and systems drop files into, and find files in."""

from adapters.directory.hot_folder import DirectoryAdapter

__all__ = ["DirectoryAdapter"]
