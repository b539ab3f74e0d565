# Everything a developer or a build server does, in one word each. `make help` lists them.
#
# The tools come from the pinned modules in tools/, are built once into bin/, and again when a pin changes.
# What make builds, it builds because a file is newer: a second run with nothing changed compiles and links nothing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

STACK ?= medium
STACKS := small medium large
# The instance that `make tutor` writes, and the folder that it writes it to.
INSTANCE ?= main
ROOT ?= build/tutor/$(STACK)/$(INSTANCE)

# Stripped binaries link in half the time and half the memory: the provider SDKs are large.
STRIP := -s -w
# The tests of the real CLI take ten minutes and more on two cores; go test's own limit for a package is ten.
TEST_FLAGS := -ldflags='$(STRIP)' -timeout=60m

PROGRAM_SOURCES := go.mod go.sum $(shell find main.go components stacks internal -name '*.go' -not -name '*_test.go' 2>/dev/null)
OFFLINE_SOURCES := go.mod go.sum $(shell find offline -type f -not -name '*_test.go' -not -path '*/testdata/*' 2>/dev/null)

# What these test with, the program must not depend on: Pulumi's engine, Prometheus, a Kubernetes client. So each is a module.
TEST_MODULES := tests/engine tests/rules tests/cluster

RUN := bin/pulumi bin/pulumi-language-go bin/openedx bin/offline-cloud

# The programs of a real Kubernetes control plane, with which tests/cluster works: name in bin/k8s/ and package.
PACKAGE_etcd := go.etcd.io/etcd/server/v3
PACKAGE_kube-apiserver := k8s.io/kubernetes/cmd/kube-apiserver
PACKAGE_kube-controller-manager := k8s.io/kubernetes/cmd/kube-controller-manager
PACKAGE_kube-scheduler := k8s.io/kubernetes/cmd/kube-scheduler
PACKAGE_kubectl := k8s.io/kubernetes/cmd/kubectl
PACKAGE_kwok := sigs.k8s.io/kwok/cmd/kwok
PACKAGE_karpenter-kwok := sigs.k8s.io/karpenter/kwok
PACKAGE_metrics-server := sigs.k8s.io/metrics-server/cmd/metrics-server
CONTROL_PLANE := $(patsubst PACKAGE_%,bin/k8s/%,$(sort $(filter PACKAGE_%,$(.VARIABLES))))

.PHONY: help
help: ## list what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1|\2/' | column -t -s '|'
	@echo "  STACK=name picks the stack Pulumi.<name>.yaml (now $(STACK))"

.PHONY: preview up refresh destroy
preview: $(RUN) ## plan the stack against the offline cloud
	@bin/offline-cloud preview -stack $(STACK)

up: $(RUN) ## create or update the stack in the offline cloud
	@bin/offline-cloud up -stack $(STACK)

refresh: $(RUN) ## compare the stack's state with the offline cloud
	@bin/offline-cloud refresh -stack $(STACK)

destroy: $(RUN) ## remove the stack from the offline cloud
	@bin/offline-cloud destroy -stack $(STACK)

.PHONY: plan list tutor
plan: $(RUN) ## write build/plan-<stack>.json, the output of pulumi preview --json
	@bin/offline-cloud plan -stack $(STACK)

tutor: $(RUN) ## write what Tutor deploys INSTANCE from, once the stack is up: config.yml and a plugin, into ROOT
	@bin/offline-cloud output -stack $(STACK) tutor | go run ./internal/tutor/write -instance '$(INSTANCE)' -root $(ROOT)

.PHONY: cost
cost: ## estimate what a stack costs in a month, also for LEARNERS=1500 or with ASSUME='mails=5'
	@go run ./internal/cost/print -stack '$(STACK)' -learners '$(LEARNERS)' -assume '$(ASSUME)'

.PHONY: simulate
simulate: $(RUN) ## deploy the stack in a slow offline cloud, in scaled time, and tell how long a real one takes
	@bin/offline-cloud simulate -stack $(STACK)

list: bin/offline-cloud ## list what exists in the offline cloud
	@bin/offline-cloud list -stack $(STACK)

.PHONY: capacity
capacity: ## say what LEARNERS=3500 concurrent learners take, or those that a STACK expects; ASSUME="key=value ..." replaces assumptions
	@go run ./internal/capacity/answer -learners '$(LEARNERS)' -assume '$(ASSUME)' -stack '$(if $(findstring command,$(origin STACK)),$(STACK))'

# The modules' tests run the programs in bin/, which are outside of them: Go would not notice that one has changed.
.PHONY: test test-pure
test: $(RUN) $(CONTROL_PLANE) ## run every test: pure, mocks, the real engine, the real CLI, a real Kubernetes
	go test $(TEST_FLAGS) ./...
	@for module in $(TEST_MODULES); do echo "go test in $$module"; (cd $$module && go test $(TEST_FLAGS) -count=1 ./...); done

test-pure: ## run the tests that need no provider SDK
	go test ./internal/... ./offline/...

.PHONY: check format-check vet lint tidy-check generated-check vulncheck
check: format-check vet lint tidy-check generated-check vulncheck ## everything that can be checked without running the program

format-check: bin/golangci-lint
	bin/golangci-lint fmt --diff
	@echo "format: clean"

vet:
	go vet ./...
	@for module in $(TEST_MODULES); do echo "go vet in $$module"; (cd $$module && go vet ./...); done

lint: bin/golangci-lint
	bin/golangci-lint run
	@for module in $(TEST_MODULES); do echo "lint in $$module"; (cd $$module && ../../bin/golangci-lint run --config ../../.golangci.yml); done

tidy-check: ## compare every go.mod and go.sum with what `go mod tidy` would write
	@for module in . $(TEST_MODULES) $(dir $(wildcard tools/*/go.mod)); do echo "go mod tidy -diff in $$module"; (cd $$module && go mod tidy -diff); done

generated-check: ## fail if a generated file is older than its source
	go run ./offline/generate -check
	go run ./internal/docs -check

vulncheck: bin/govulncheck ## look the dependencies up in the Go vulnerability database, where it can be reached
	@scripts/vulncheck

.PHONY: fmt schemas docs golden record bench
fmt: bin/golangci-lint ## format the code
	bin/golangci-lint fmt

schemas: ## write offline/schemas from the pinned SDKs
	go run ./offline/generate

docs: ## write docs/config.md, docs/sizing.md and the figures in the other pages
	go run ./internal/docs

golden: ## write the golden files anew; read the difference before you commit it
	go test $(TEST_FLAGS) ./internal/capacity ./internal/changes ./internal/plan ./tests/program -update
	cd tests/engine && go test $(TEST_FLAGS) -run Starter . -update

# What a release leaves behind is written once, when it is made, and upgraded by the tests for ever after.
record: ## keep what stacks of RELEASE=x.y.z look like, for later releases to be tested on
	@[[ '$(RELEASE)' =~ ^[0-9]+\.[0-9]+\.[0-9]+$$ ]] || { echo "name the release: make record RELEASE=0.6.0"; exit 1; }
	cd tests/engine && go test $(TEST_FLAGS) -tags record -count=1 -run '^TestTheStatesOfAReleaseAreRecorded$$' . -record '$(RELEASE)'

bench: $(RUN) ## measure preview with up to 200 instances: time, memory, and the ratio to a bare program; write docs/bench.md
	go run ./tests/bench -report docs/bench.md

.PHONY: clean
clean: ## remove the built tools and the offline cloud
	rm -rf bin build .offline

# The tools. The first build of the CLI and of the program compiles a few thousand packages: it says so.

bin/pulumi: tools/pulumi/go.mod tools/pulumi/go.sum
	@echo "building the Pulumi CLI from its Go module: about 4 minutes on 2 cores, once"
	cd tools/pulumi && version=$$(go list -m -f '{{.Version}}' github.com/pulumi/pulumi/sdk/v3) && \
	  go build -ldflags "$(STRIP) -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$$version" -o ../../$@ github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

bin/language-go: tools/language-go/go.mod tools/language-go/go.sum
	@echo "building Pulumi's Go language host: about half a minute"
	cd tools/language-go && go build -ldflags '$(STRIP)' -o ../../$@ github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go

bin/pulumi-language-go: tools/language-go/pulumi-language-go bin/language-go
	@install -m 0755 $< $@

bin/openedx: $(PROGRAM_SOURCES)
	@test -x $@ || echo "building the program and the provider SDKs: about 10 minutes on 2 cores the first time"
	go build -ldflags '$(STRIP)' -o $@ .

bin/offline-cloud: $(OFFLINE_SOURCES)
	go build -ldflags '$(STRIP)' -o $@ ./offline/cmd/offline-cloud

bin/golangci-lint: tools/lint/go.mod tools/lint/go.sum
	@echo "building golangci-lint from its Go module: about 4 minutes on 2 cores, once"
	cd tools/lint && go build -ldflags '$(STRIP)' -o ../../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bin/govulncheck: tools/vulncheck/go.mod tools/vulncheck/go.sum
	cd tools/vulncheck && go build -ldflags '$(STRIP)' -o ../../$@ golang.org/x/vuln/cmd/govulncheck

# Without its version the API server calls itself v0.0.0-master, which kubectl and the charts' kubeVersion cannot read.
# The first of them compiles what all share; the list is sorted, so that this is etcd and then karpenter.
KUBERNETES_VERSION = $(shell cd tools/control-plane && go list -m -f '{{.Version}}' k8s.io/kubernetes)
KUBERNETES_NUMBERS = $(subst ., ,$(patsubst v%,%,$(KUBERNETES_VERSION)))
KUBERNETES_LDFLAGS = -X k8s.io/component-base/version.gitVersion=$(KUBERNETES_VERSION) \
  -X k8s.io/component-base/version.gitMajor=$(word 1,$(KUBERNETES_NUMBERS)) -X k8s.io/component-base/version.gitMinor=$(word 2,$(KUBERNETES_NUMBERS))

$(CONTROL_PLANE): bin/k8s/%: tools/control-plane/go.mod tools/control-plane/go.sum
	@echo "building $* from its Go module: all $(words $(CONTROL_PLANE)) programs of bin/k8s take about 6 minutes on 2 cores, once"
	@mkdir -p $(@D)
	cd tools/control-plane && go build -trimpath -ldflags '$(STRIP) $(KUBERNETES_LDFLAGS)' -o ../../$@ $(PACKAGE_$*)

.PHONY: control-plane
control-plane: $(CONTROL_PLANE) ## build a real Kubernetes control plane into bin/k8s, for tests/cluster
