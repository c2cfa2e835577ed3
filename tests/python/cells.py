"""What the tests of the Python package share."""
import unittest

import lexicell as lx

lx.settings.threads = 1
lx.settings.progress = False

# A training so short that a whole run takes seconds.
QUICK = {"min_steps": 40, "max_steps": 40, "genes": 100}


class Case(unittest.TestCase):
    def assert_refused(self, type_, call, *arguments, **options):
        with self.assertRaises(lx.Error) as caught:
            call(*arguments, **options)
        self.assertEqual(caught.exception.type, type_)
        return caught.exception
