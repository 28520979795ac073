"""What `bin/up` and `bin/test` do before and around the product. Standard library only: it runs before anything is installed."""
