"""What every room uses: arguments and specifications checked, numbers with their sources, tables, folders of results.

It knows the errors, and no cell, drug or tumor.
"""
