"""Page through everything that can be paged, and compare with what there is.

Argument: a file of JSON with "operations", all that are served as "ec2.DescribeVpcs", and
"expected": for each that botocore can page the parameters, the JMESPath of what identifies an
item, every identifier that must come, and whether one page is enough.
"""

import json
import sys

import botocore.exceptions
import jmespath
from botocore import xform_name

from account import Account

# Some services are known to botocore by another name than to IAM.
NAMES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}


def pageable(account, operations):
    """Return the served operations for which botocore has a paginator."""
    found = set()
    for operation in operations:
        service, name = operation.split(".")
        if account.client(NAMES.get(service, service)).can_paginate(xform_name(name)):
            found.add(operation)
    return found


def identified(path, page):
    """Return what identifies the items of a page."""
    return jmespath.search(path, page) or []


def whole(account, what, got, want):
    """Compare: every item once, none else."""
    account.want(f"{what}: items that came twice", sorted({i for i in got if got.count(i) > 1}), [])
    account.want(what, sorted(got), sorted(want))


def smallest(account, client, name):
    """Return the smallest size of page that the service's model, or EC2 beyond it, takes."""
    limit = client.get_paginator(xform_name(name))._limit_key
    if limit is None:
        return None
    member = client.meta.service_model.operation_model(name).input_shape.members[limit]
    return 5 if client.meta.service_model.service_name == "ec2" else max(1, member.metadata.get("min", 1))


def page_through(account, operation, expected):
    """Page in the service's own pages, in the smallest ones, and with stops on the way."""
    service, name = operation.split(".")
    client = account.client(NAMES.get(service, service))
    paginator = client.get_paginator(xform_name(name))
    path, items, counts = expected["path"], expected["items"], []
    sizes = [{}]
    if smallest(account, client, name):
        sizes.append({"PageSize": smallest(account, client, name)})
    for size in sizes:
        pages = list(paginator.paginate(**expected["parameters"], PaginationConfig=size))
        whole(account, f"{operation} {size}", [i for page in pages for i in identified(path, page)], items)
        counts.append(len(pages))
        if size and size["PageSize"] > 0:
            account.want(f"{operation}: pages that are larger than asked",
                         [len(identified(path, p)) for p in pages if len(identified(path, p)) > size["PageSize"]], [])
    account.want(f"{operation}: comes in several pages", max(counts) > 1, not expected["one"])
    return sum(counts) + with_stops(account, operation, paginator, expected)


def with_stops(account, operation, paginator, expected):
    """Stop after two items each time and go on from the token, as --max-items does."""
    got, token, pages = [], None, 0
    for _ in range(len(expected["items"]) + 1):
        iterator = paginator.paginate(**expected["parameters"], PaginationConfig={"MaxItems": 2, "StartingToken": token})
        for page in iterator:
            got += identified(expected["path"], page)
            pages += 1
        token = iterator.resume_token
        if not token:
            break
    whole(account, f"{operation} with stops", got, expected["items"])
    return pages


def by_hand(account):
    """Page through what botocore has no paginator for."""
    events, got, token = account.client("events"), [], {}
    while True:
        page = events.list_event_buses(Limit=1, **token)
        got += [bus["Name"] for bus in page["EventBuses"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    account.want("event buses", (len(got), len(set(got))), (2, 2))


def wrong_tokens(account, operations):
    """Give every operation a token of nobody's, which all but those that say otherwise refuse."""
    for operation in sorted(operations):
        service, name = operation.split(".")
        client = account.client(NAMES.get(service, service))
        paginator = client.get_paginator(xform_name(name))
        token = paginator._input_token[0]
        if operation in ("dynamodb.Query", "dynamodb.Scan", "dynamodb.ListTables") or service == "route53":
            continue  # their tokens are keys and names, which anybody may write
        yield client, operation, xform_name(name), token


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        told = json.load(file)
    account = Account()
    found = pageable(account, told["operations"])
    account.want("operations that can be paged", sorted(told["expected"]), sorted(found))
    pages = 0
    for operation in sorted(found & set(told["expected"])):
        pages += page_through(account, operation, told["expected"][operation])
    by_hand(account)
    refused = 0
    for client, operation, method, token in wrong_tokens(account, found & set(told["expected"])):
        try:
            getattr(client, method)(**told["expected"][operation]["parameters"], **{token: "nonsense"})
        except botocore.exceptions.ClientError:
            refused += 1
        else:
            account.faults.append(f"{operation} takes a token of nobody's")
    account.report(operations=len(found) + 1, pages=pages, tokens=refused)


if __name__ == "__main__":
    main()
