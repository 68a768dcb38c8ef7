"""Parts that several pages draw: charts, one question, the certificate, the judge."""
