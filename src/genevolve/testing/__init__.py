"""What tests of this package and of yours stand on: policies and providers that do as they are told."""
