"""What tests share: models, runs, servers, a browser, texts; nothing here is a test."""
