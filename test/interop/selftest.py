#!/usr/bin/python3
"""The Python Agent against published vectors and against a scripted peer,
before anybody relies on what it says about tamd.
"""
import sys
import unittest

import selftest_agent
import selftest_vectors


def main():
    load = unittest.defaultTestLoader.loadTestsFromModule
    done = unittest.TextTestRunner().run(unittest.TestSuite(
        load(m) for m in (selftest_vectors, selftest_agent)))
    return 0 if done.wasSuccessful() and done.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
