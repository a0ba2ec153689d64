"""Transforms a SAM template into plain CloudFormation, as CloudFormation's own macro does.

CloudFormation runs serverless-application-model's translator on the template and the stack's
parameters; so does this, without a network. Usage: transform.py TEMPLATE, with the parameters
as one JSON object on standard input; the plain template goes to standard output as JSON.
"""

import json
import sys
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """Stands where the translator would ask IAM for the ARNs of AWS managed policies.

    Each function of the template brings a role of its own, so nothing may ask; a template that
    comes to need a managed policy fails here and is not deployed with a policy missing.
    """

    def load(self):
        raise LookupError("the template asks for a managed policy, and none is known here")


def values(template, given):
    """Returns every parameter's value: the given one, or the template's default."""
    declared = template.get("Parameters", {})
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise KeyError(f"the template has no parameters {', '.join(unknown)}")
    return {name: given.get(name, declared[name].get("Default")) for name in declared}


def main():
    template = yaml_parse(Path(sys.argv[1]).read_text(encoding="utf-8"))
    given = json.load(sys.stdin)
    plain = transform(template, values(template, given), NoManagedPolicies())
    json.dump(plain, sys.stdout, indent=1, default=str)


if __name__ == "__main__":
    main()
