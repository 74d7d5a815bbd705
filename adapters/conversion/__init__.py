# SPDX-License-Identifier: Apache-2.0
"""Converters: a document in one format becomes the format that its receiver wants."""
