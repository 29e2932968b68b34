"""Life of a claim: drafts, submission, outbox, delivery."""
