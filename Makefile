# Chaski. `make help` lists what can be made; README.md tells what to make first.

ifeq ($(origin CC),default)
CC := gcc
endif
BUILD ?= build
PREFIX ?= /usr/local
VERSION := 0.1.0

PACKAGES_BUILD := build-essential pkg-config libevent-dev libhiredis-dev libcjson-dev libcurl4-openssl-dev \
	liblinear-dev libpcre2-dev libyaml-dev libutf8proc-dev libssl-dev libsodium-dev
PACKAGES_RUN := redis-server ca-certificates
PACKAGES_TEST := libcmocka-dev prometheus

LIBRARIES := libevent libevent_openssl hiredis libcjson libcurl libpcre2-8 yaml-0.1 libutf8proc libcrypto libsodium
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef \
	-Wpointer-arith -Wwrite-strings -Wimplicit-fallthrough
CPPFLAGS += -I. -I$(BUILD)/gen -D_GNU_SOURCE -DCHASKI_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
CFLAGS += -std=c11 $(WARNINGS) -fstack-protector-strong $(SANITIZE) \
	$(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
LDFLAGS += $(SANITIZE)
LDLIBS = $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null) -llinear -lm

FOLDERS := base dialog engine config adapters gateway
SOURCES := $(foreach f,$(FOLDERS),$(sort $(wildcard $(f)/*.c)))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
MAIN := $(BUILD)/gateway/main.o
LIBRARY := $(BUILD)/libchaski.a
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))

all: $(BUILD)/chaski ## builds build/chaski

$(BUILD)/chaski: $(MAIN) $(LIBRARY)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIBRARY): $(filter-out $(MAIN),$(OBJECTS))
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  test  $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) -lcmocka $(LDLIBS)

$(BUILD)/tools/%: tests/tools/%.c $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  tool  $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(LDLIBS)

unit: $(UNIT_TESTS) ## builds and runs the unit tests (one: make unit T=utf8)
	@for t in $(or $(T:%=$(BUILD)/unit/test_%),$(UNIT_TESTS)); do \
		CMOCKA_MESSAGE_OUTPUT=$(or $(CMOCKA_MESSAGE_OUTPUT),stdout) $$t >$$t.log 2>&1 || { cat $$t.log; exit 1; }; \
		grep -hE 'PASSED|tests? \(?s?\)? ?run' $$t.log | tail -n 1 | sed "s|^|$$(basename $$t) |"; done

test: unit ## runs all tests

clean: ## removes what was built
	rm -rf $(BUILD)

help: ## lists the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: all unit test clean help
-include $(OBJECTS:.o=.d) $(UNIT_TESTS:=.d)
