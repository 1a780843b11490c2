"""Indexes from data sets that come with labels of their own."""
