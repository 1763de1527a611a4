"""The ledger: accounts, transfers, payments, receipts."""
