"""pyHanko's judgement of every signature in the named files: file, field, verdict and summary, tab-separated."""

import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import ValidationContext, validate_pdf_signature

root = load_cert_from_pemder(sys.argv[1])


def trust():
    # Only what the file carries and the one root; nothing is fetched.
    return ValidationContext(trust_roots=[root], allow_fetching=False)


for name in sys.argv[2:]:
    with open(name, "rb") as file:
        for signature in PdfFileReader(file, strict=True).embedded_signatures:
            status = validate_pdf_signature(signature, trust(), ts_validation_context=trust())
            verdict = "valid" if status.bottom_line else "invalid"
            print(name, signature.field_name, verdict, status.summary(), sep="\t")
