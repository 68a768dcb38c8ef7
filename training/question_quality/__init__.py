"""The estimate of how good a question is: judged questions, and the trees fitted to them."""
