"""A local Stripe for development and tests: a process of its own that answers by Stripe's OpenAPI specification."""
