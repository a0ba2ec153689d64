# What a person types. Everything but `make lint` needs Go alone.
#
#   make demo    a running key store breaks and is mended, on a simulated AWS account
#                SCENARIO=name MODE=observe|approve|auto show another one
#   make test    all tests
#   make e2e     the built artifacts on real tools and on others' implementations of AWS
#                (needs Python 3, a JDK and Maven)
#   make lint    gofmt, go vet, staticcheck, cfn-lint, sam validate (needs Python 3)
#   make build   dist/<function>.zip for Lambda; ARCHITECTURE=x86_64 for another processor
#   make docs    writes what is generated in docs/
#   make pairs   every pair of faults at once; writes docs/pairs.md (some minutes)
#   make bench   measures everything and writes docs/benchmarks.md
#   make soak-checks  the set algebra against the packet walk on 100,000 random worlds
#                SEED=n WORLDS=n try others
#   make clean   removes what these made

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

FUNCTIONS := diagnose remediate notify probe

# template.yaml's parameter Architecture has to say the same.
ARCHITECTURE ?= arm64
GOARCH_arm64 := arm64
GOARCH_x86_64 := amd64
TARGET_GOARCH := $(GOARCH_$(ARCHITECTURE))

PYTHON ?= python3
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ZIP := github.com/aws/aws-lambda-go/cmd/build-lambda-zip@v1.55.1
LINT_REGION := eu-central-1

.PHONY: help demo test e2e lint build docs pairs bench soak-checks clean
.PHONY: build-DiagnoseFunction build-RemediateFunction build-NotifyFunction build-ProbeFunction

help:
	@sed -n 's/^#   //p' Makefile

demo:
	@tools/build-with-progress dist/xksctl ./cmd/xksctl
	@dist/xksctl demo $(if $(SCENARIO),--scenario '$(SCENARIO)') $(if $(MODE),--mode '$(MODE)')

# The race detector needs a C compiler; where there is none the tests run without it. Under it
# the rehearsals take a part of the scenarios, crashes and failing reads, and the second run takes
# them all.
test:
	@race=; \
	if [[ "$$(go env CGO_ENABLED)" == 1 ]] && command -v "$$(go env CC | cut -d' ' -f1)" >/dev/null; then \
		race=-race; \
	else \
		echo "no C compiler: testing without the race detector"; \
	fi; \
	echo "go test $$race ./... (the first build takes some minutes)"; \
	go test $$race -timeout 30m ./...; \
	if [[ -n "$$race" ]]; then \
		echo "go test ./internal/rehearse/... (every mode, a crash at every AWS call of a repair, every read refused)"; \
		go test -timeout 30m ./internal/rehearse/...; \
	fi

e2e:
	@tools/e2e

lint: .venv/installed
	@echo gofmt; unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [[ -n "$$unformatted" ]]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	go vet -tags e2e ./...
	go run $(STATICCHECK) -tags e2e ./...
	.venv/bin/cfn-lint --include-checks I -- template.yaml
	SAM_CLI_TELEMETRY=0 .venv/bin/sam validate --lint --region $(LINT_REGION) --template template.yaml

# A checkout that was copied has a .venv whose paths lead elsewhere: it is made anew.
ifneq ($(wildcard .venv/installed),)
ifeq ($(findstring $(CURDIR)/.venv/,$(shell head -n 3 .venv/bin/sam 2>/dev/null)),)
.PHONY: .venv/installed
endif
endif
.venv/installed: tools/requirements.txt tools/constraints.txt
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tools/requirements.txt --constraint tools/constraints.txt
	@touch $@

dist/java/installed: tools/java/pom.xml
	rm -rf $(@D)
	mvn --quiet --batch-mode --file $< dependency:copy-dependencies -DoutputDirectory=$(abspath $(@D))
	@touch $@

build:
	@for f in $(FUNCTIONS); do \
		$(MAKE) --no-print-directory bootstrap FUNCTION=$$f ARTIFACTS_DIR=dist/$$f; \
		go run $(ZIP) --output dist/$$f.zip dist/$$f/bootstrap; \
	done
	@ls -l dist/*.zip

# sam build calls these, with ARTIFACTS_DIR set.
# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html
build-DiagnoseFunction: FUNCTION := diagnose
build-RemediateFunction: FUNCTION := remediate
build-NotifyFunction: FUNCTION := notify
build-ProbeFunction: FUNCTION := probe
build-DiagnoseFunction build-RemediateFunction build-NotifyFunction build-ProbeFunction: bootstrap

# One static executable named bootstrap, as provided.al2023 wants it.
# https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
.PHONY: bootstrap
bootstrap:
	@[[ -n "$(TARGET_GOARCH)" ]] || { echo "ARCHITECTURE=$(ARCHITECTURE) is neither arm64 nor x86_64"; exit 1; }
	@mkdir -p $(ARTIFACTS_DIR)
	GOOS=linux GOARCH=$(TARGET_GOARCH) CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags lambda.norpc -ldflags='-s -w' -o $(ARTIFACTS_DIR)/bootstrap ./functions/$(FUNCTION)

docs:
	go test -run '^TestDocs' . -update
	go test -run '^TestTheCostPage' ./internal/bench -update

pairs:
	go test -timeout 60m -count=1 -run TestEveryPairOfFaults -v ./internal/rehearse/pairs -all -update

bench:
	@tools/build-with-progress dist/bench ./internal/bench
	@dist/bench

# The same seed gives the same worlds. A world that fails is named with the command that tries it
# alone.
soak-checks:
	go test -count=1 -timeout 2h -v -run '^TestTheAlgebraAgreesWithThePacketWalk$$' ./internal/soak -soak.worlds $(or $(WORLDS),100000) -soak.seed $(or $(SEED),1)

clean:
	rm -rf dist .aws-sam
