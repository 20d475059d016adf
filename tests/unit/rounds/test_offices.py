"""What is an office's is taken; what may be a person's is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.rounds.offices import (
    is_date,
    is_fixed_line,
    is_link,
    is_organisation,
    is_post,
    is_role_mailbox,
    is_running_text,
    is_trade,
)

TAKEN = {
    is_organisation: (
        "Tiruppur Exporters' Association",
        "Ministry of Micro, Small and Medium Enterprises",
        "Dr. B.R. Ambedkar National Institute of Technology",
        "Office of the Development Commissioner (Handicrafts)",
        "Lal Bahadur Shastri Institute of Management",
        "SIDBI",
        "बुनकर सेवा केंद्र",
    ),
    is_post: ("Deputy Director", "Training department", "Cluster development executive"),
    is_trade: ("dyeing", "Yarn suppliers", "testing service", "CNC machining", "रंगाई"),
    is_fixed_line: ("0421-2232650", "080-22345678", "+91-421-2232650", "1800-425-1234"),
    is_role_mailbox: ("info@example.org", "secretary@example.co.in", "training.office@x.in"),
    is_running_text: ("12 Mill Road, Tiruppur 641601", "Plot 45, Phase II, Industrial Estate"),
    is_link: ("https://example.org/a.pdf", "http://example.org"),
    is_date: ("2024-02-29", "2025-04", "1999-12-31"),
}
REFUSED = {
    is_organisation: (
        "Ramesh Kumar",
        "RAMESH KUMAR",
        "Shri Ramesh Kumar, Director, NIFT",
        "Dr Ramesh Kumar of Weavers Association",
        "Weavers Association, Sita Devi",
        "Weavers Association - Sita Devi",
        "Weavers Association (Sita Devi)",
        "Director NIFT",
        "Ramesh Traders",
        "Institute of Technology 98400 12345",
        "Institute UDYAM-TN-33-0000001",
        "श्री रमेश कुमार",
    ),
    is_post: ("Ramesh", "Registrar Ramesh", "Dr Director", "and of"),
    is_trade: ("Ramesh Kumar", "Ramesh Suppliers", "Sri suppliers", "suppliers limited"),
    is_fixed_line: ("98400 12345", "+91-98400-12345", "0421-22326501", "04212232650", "12"),
    is_role_mailbox: ("ramesh@example.org", "ramesh.secretary@example.org", "info@", "1@x.in"),
    is_running_text: ("c/o Sita Devi, Mill Road", "Mill Road, 9840012345", "Smt Sita Devi",
                      "Mill Road, info@x.in", "PAN ABCDE1234F"),
    is_link: ("www.example.org", "https://linkedin.com/in/sita", "https://a@b.org", "javascript:1"),
    is_date: ("2025-02-30", "15-04-2025", "2025", "2025-13", "2100-02-29"),
}  # fmt: skip


@pytest.mark.parametrize(
    "rule, text", [(rule, text) for rule, texts in TAKEN.items() for text in texts]
)
def test_an_office_is_taken(rule, text):
    assert rule(text)


@pytest.mark.parametrize(
    "rule, text", [(rule, text) for rule, texts in REFUSED.items() for text in texts]
)
def test_what_may_be_a_person_is_refused(rule, text):
    assert not rule(text)


@given(
    st.sampled_from(["Sita", "Ramesh", "Lakshmi", "Iqbal", "Gurpreet"]),
    st.sampled_from(["Devi", "Kumar", "Khan", "Singh", "Nair"]),
    st.sampled_from(["{} {}", "{} {}.", "{}, {}", "Mr {} {}", "{1} {0}", "{} A. {}"]),
)
def test_no_name_alone_passes_for_an_office(first, last, form):
    name = form.format(first, last)
    assert not is_organisation(name) and not is_post(name) and not is_trade(name)
    assert not is_organisation(name.upper()) and not is_organisation(f"Institute, {name}")
