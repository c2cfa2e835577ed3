"""Every example of the docstrings runs, and every public function has one."""
import doctest
import inspect
import unittest
import warnings

import lexicell as lx

MODULES = ["lexicell", "lexicell._errors", "lexicell._settings", "lexicell._run", "lexicell.datasets", "lexicell.pp", "lexicell.tl", "lexicell.pl", "lexicell.estimators"]


def load_tests(loader, tests, pattern):
    warnings.simplefilter("ignore")
    lx.settings.threads = 1
    for name in MODULES:
        tests.addTests(doctest.DocTestSuite(name, optionflags=doctest.NORMALIZE_WHITESPACE))
    return tests


class Documented(unittest.TestCase):
    def test_public_functions_and_classes_have_examples_and_name_their_parameters(self):
        public = [getattr(lx, name) for name in lx.__all__]
        for module in (lx.datasets, lx.pp, lx.tl, lx.pl):
            public += [getattr(module, name) for name in module.__all__]
        for member in public:
            if not (inspect.isfunction(member) or inspect.isclass(member)) or member is lx.LexicellWarning:
                continue
            with self.subTest(member.__name__):
                text = inspect.getdoc(member)
                self.assertIn("Examples\n--------", text)
                for parameter in inspect.signature(member).parameters:
                    self.assertRegex(text, rf"(?m)^(.*, )?{parameter}(,.*)?$")


if __name__ == "__main__":
    unittest.main()
