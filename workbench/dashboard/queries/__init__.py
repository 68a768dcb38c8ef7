"""What pages ask of a run: records, slices, labels, sums. Nothing is drawn here."""
