"""Workbooks whose bytes are the same whenever they are written."""

import io
import re
import zipfile
from datetime import datetime

from openpyxl import Workbook

EARLIEST = datetime(1980, 1, 1)  # that a zip member can bear


def with_fixed_times(workbook: Workbook, time: datetime = EARLIEST) -> bytes:
    """The workbook's bytes with one time in them: openpyxl writes the time of saving."""
    workbook.properties.created = time
    saved, fixed = io.BytesIO(), io.BytesIO()
    workbook.save(saved)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            member = zipfile.ZipInfo(name, EARLIEST.timetuple()[:6])
            target.writestr(member, content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
