"""Benchmarks of yilao: see README.md beside this file."""
