# Chaski. `make help` lists what can be made; README.md tells what to make first.

ifeq ($(origin CC),default)
CC := gcc
endif
BUILD ?= build
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
JOBS ?= $(shell nproc)
SAY := @$(if $(QUIET),:,echo)
VERSION := 0.1.0

PACKAGES_BUILD := build-essential pkg-config libevent-dev libhiredis-dev libcjson-dev libcurl4-openssl-dev \
	liblinear-dev libpcre2-dev libyaml-dev libutf8proc-dev libssl-dev libsodium-dev
PACKAGES_RUN := redis-server ca-certificates
PACKAGES_TEST := libcmocka-dev prometheus nginx-light graphviz python3
PACKAGES_FUZZ := clang libclang-rt-14-dev
PACKAGES_PEERS := fasttext python3-sklearn liblinear-tools
FUZZ_CC ?= clang

LIBRARIES := libevent libevent_openssl hiredis libcjson libcurl libpcre2-8 yaml-0.1 libutf8proc libcrypto libsodium
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef \
	-Wpointer-arith -Wwrite-strings -Wimplicit-fallthrough
CPPFLAGS += -I. -I$(BUILD)/gen -D_GNU_SOURCE -DCHASKI_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
override CFLAGS += -std=c11 $(WARNINGS) -fstack-protector-strong $(SANITIZE) \
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
	$(SAY) "  link  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIBRARY): $(filter-out $(MAIN) $(WITHOUT:%=$(BUILD)/gateway/%.o),$(OBJECTS))
	@rm -f $@
	@ar rcsP $@ $^ # P: two folders may have a file of the same name

LUA := $(patsubst %,gateway/lua/%.lua,head line index cast webhook contact commit outbox gate lease staff catalogue training)

$(BUILD)/gen/lua_library.h: $(LUA) Makefile
	@mkdir -p $(@D)
	@{ echo '/* made by the Makefile from gateway/lua */'; echo 'static const char lua_library[] = {'; \
		cat $(LUA) | od -An -v -tx1 | sed 's/ \(..\)/0x\1,/g'; echo '0};'; } >$@

$(BUILD)/gateway/redis.o: $(BUILD)/gen/lua_library.h

LANGUAGES := $(sort $(wildcard config/languages/*.yaml))

$(BUILD)/gen/languages_built_in.h: $(LANGUAGES) Makefile
	@mkdir -p $(@D)
	@{ echo '/* made by the Makefile from config/languages */'; \
		for f in $(LANGUAGES); do echo "static const char $$(basename $$f .yaml)_yaml[] = {"; \
			od -An -v -tx1 $$f | sed 's/ \(..\)/0x\1,/g'; echo '0};'; done; \
		echo 'static const struct { const char *file, *bytes; size_t len; } built_in[] = {'; \
		for f in $(LANGUAGES); do n=$$(basename $$f .yaml); \
			echo "{\"built in: $$n.yaml\", $${n}_yaml, sizeof($${n}_yaml) - 1},"; done; echo '};'; } >$@

$(BUILD)/gateway/languages.o: $(BUILD)/gen/languages_built_in.h

$(BUILD)/gen/spanish.h: config/languages/es.yaml Makefile
	@mkdir -p $(@D)
	@{ echo '/* made by the Makefile from $<: how Spanish says values */'; echo 'static const char spanish[] = {'; \
		awk '/^[a-z]/ {on = /^(name|reviewed|phrases):/} on' $< | od -An -v -tx1 | sed 's/ \(..\)/0x\1,/g'; \
		echo '};'; } >$@

$(BUILD)/dialog/tongue.o: $(BUILD)/gen/spanish.h

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) "  cc    $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(SAY) "  test  $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) -lcmocka $(LDLIBS)

$(BUILD)/tools/%: tests/tools/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(SAY) "  tool  $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(LDLIBS)

$(BUILD)/bench/%: tests/bench/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(SAY) "  bench $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(LDLIBS)

bench: all $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c)) ## measures the turn's speed (QUICK=1: seconds; ROUNDS, SECONDS, CONTACTS, ONLY=WORDS, as timers)
	@node tests/bench/bench.mjs $(if $(QUICK),--quick) $(ROUNDS:%=--rounds=%) $(SECONDS:%=--seconds=%) $(CONTACTS:%=--contacts=%) $(if $(ONLY),'--only=$(ONLY)')

bench-audience: $(BUILD)/bench/audience ## counts, lists and measures the index of PEOPLE (1000000) made-up people
	@$< $(or $(PEOPLE),1000000) $(ROUNDS)

bench-overtake: all $(BUILD)/node_modules.stamp ## measures how long replies wait beside NOTICES (100000) of a broadcast at RATE (500) a second
	@$(NOTICES:%=NOTICES=%) $(RATE:%=RATE=%) node --test-reporter=tap --test-reporter-destination=/dev/null tests/bench/overtake.mjs

bench-dialog: $(patsubst %,$(BUILD)/bench/%,bare load step) ## measures the dialogue alone, beside the bare echo (SECONDS, ROUNDS)
	@BUILD=$(BUILD) $(SECONDS:%=SECONDS=%) $(ROUNDS:%=ROUNDS=%) node tests/bench/dialog.mjs

unit-build: $(UNIT_TESTS)

tools: $(patsubst tests/tools/%.c,$(BUILD)/tools/%,$(wildcard tests/tools/*.c))

UNIT_RUNS := $(patsubst %,run-%,$(or $(T:%=test_%),$(notdir $(UNIT_TESTS))))

unit: $(UNIT_RUNS) ## builds and runs the unit tests (one: make unit T=utf8)

$(UNIT_RUNS): run-%: $(BUILD)/unit/%
	@CMOCKA_MESSAGE_OUTPUT=$(or $(CMOCKA_MESSAGE_OUTPUT),stdout) $< >$<.log 2>&1 || { cat $<.log; exit 1; }
	@grep -hE 'PASSED|tests? \(?s?\)? ?run' $<.log | tail -n 1 | sed "s|^|$* |"

# Two files a processor at a time, for more than half of the time they wait: for a lease to end, a kill, a deadline.
blackbox: all tools failpoints $(BUILD)/node_modules.stamp ## drives the built binary from outside (one: make blackbox T=gate)
	@node --test --test-concurrency=$$((2 * $(JOBS))) $(or $(T:%=tests/blackbox/%.test.mjs),$(sort $(wildcard tests/blackbox/*.test.mjs)))

$(BUILD)/node_modules.stamp: package-lock.json
	@mkdir -p $(@D)
	@echo "installing the tests' npm packages"
	@npm ci --silent --no-audit --no-fund
	@touch $@

check: ## proves the house rules, in seconds: includes, headers, comments, banned words, lengths
	@CC="$(CC)" CHECK_CFLAGS="$(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)" sh tests/check/run.sh

test: deps ## runs all tests, installing what they need
	@sh config/install-packages.sh $(PACKAGES_TEST) $(if $(shell command -v npm),,nodejs npm)
	@$(MAKE) --no-print-directory -j$(JOBS) all tools unit-build failpoints
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory -j$(JOBS) --output-sync unit talks $(if $(wildcard tests/accuracy),accuracy paraphrase)
	@$(MAKE) --no-print-directory blackbox
	@$(MAKE) --no-print-directory fuzz SECONDS=5 SEED=1 QUIET=1
	@echo "make test: all passed"

deps: ## installs the Debian packages that building and running need
	@sh config/install-packages.sh $(PACKAGES_BUILD) $(PACKAGES_RUN)

run: deps ## starts the daemon on 127.0.0.1:8080 and plays a sample conversation (ONCE=1: ends after it)
	@[ -e $(BUILD)/chaski ] || echo "building $(BUILD)/chaski"
	@$(MAKE) --no-print-directory -s -j$(JOBS) all QUIET=1
	@exec $(BUILD)/chaski serve --sample $(if $(ONCE),--once)

chat: all ## talks with the dialogue in this terminal
	@exec $(BUILD)/chaski chat

SANITIZED = BUILD=$(BUILD)/asan CFLAGS="-O1 -g -fno-omit-frame-pointer" \
	SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all"

# What asks for more than there can be is refused, as it is without the sanitizers: a test does so on purpose.
asan: ## runs the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@ASAN_OPTIONS=allocator_may_return_null=1 $(MAKE) --no-print-directory -j$(JOBS) unit-build unit $(SANITIZED)

asan-daemon: all failpoints $(BUILD)/node_modules.stamp ## drives the daemon under the sanitizers (one: T=api)
	@$(MAKE) --no-print-directory -j$(JOBS) all $(SANITIZED)
	@CHASKI=$(BUILD)/asan/chaski node --test --test-concurrency=$(JOBS) $(or $(T:%=tests/blackbox/%.test.mjs),$(sort $(wildcard tests/blackbox/*.test.mjs)))

# Of a build with failpoints only what speaks of them is compiled anew; the rest is the usual build's.
FAULTS := $(BUILD)/faults
WITH_FAILPOINTS := $(shell grep -liE 'failpoint' $(SOURCES))

$(FAULTS)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) "  cc    $< with failpoints"
	@$(CC) $(CPPFLAGS) -DCHASKI_FAILPOINTS $(CFLAGS) -MMD -MP -c -o $@ $<

$(FAULTS)/libchaski.a: $(filter-out $(MAIN) $(WITH_FAILPOINTS:%.c=$(BUILD)/%.o),$(OBJECTS)) \
		$(WITH_FAILPOINTS:%.c=$(FAULTS)/%.o)
	@rm -f $@
	@ar rcsP $@ $^

$(FAULTS)/chaski: $(MAIN) $(FAULTS)/libchaski.a
	$(SAY) "  link  $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

failpoints: $(FAULTS)/chaski ## builds build/faults/chaski, which dies where CHASKI_FAILPOINT says

faults: failpoints ## kills the daemon and Redis thousands of times and compares the ledgers (one: make faults T=kills; KILLS=200 …)
	@node tests/faults/run.mjs $(T)

FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/targets/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

$(BUILD)/targets/%: tests/fuzz/fuzz_%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(SAY) "  fuzz  $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(LDLIBS)

$(BUILD)/seeds/lexicon/spanish: config/languages/es.yaml Makefile
	@mkdir -p $(@D)
	@{ grep -v '^also:' $<; printf '\fdos mil soles al mes, hace 2 anos en cusco'; } >$@

fuzz-build: $(or $(T:%=$(BUILD)/targets/%),$(FUZZ_TARGETS)) $(BUILD)/seeds/lexicon/spanish

# What no fuzz target needs: a sixth of the sources, which are not built for them. The linker would say if one did.
NOT_FUZZED := cmd% cli_api cli_redis store_% flow_% script_c% trainer%

fuzz: ## fuzzes every decoder for SECONDS (60) under the sanitizers (one: T=form; the same inputs each time: SEED=1)
	@sh config/install-packages.sh $(PACKAGES_FUZZ)
	@$(MAKE) --no-print-directory -j$(JOBS) fuzz-build BUILD=$(BUILD)/libfuzzer CC="$(FUZZ_CC)" WITHOUT="$(NOT_FUZZED)" \
		CFLAGS="-O1 -gline-tables-only" WARNINGS= \
		SANITIZE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"
	@JOBS=$(JOBS) SEED=$(SEED) sh tests/fuzz/run.sh $(BUILD)/libfuzzer $(or $(SECONDS),60) $(T)

sim: $(BUILD)/tools/sim ## runs SEEDS (1000) simulated days of two workers that crash, and BAJA against its model
	@$< $(or $(SEEDS),1000) $(or $(FIRST),1) $(or $(DAYS),1)
	@$< baja 100000

mutants: $(BUILD)/tests/tools/sim.o $(LIBRARY) failpoints ## breaks the protocol in the ways of tests/sim/mutants.txt (one: T=name); each must be caught
	@CC="$(CC)" FLAGS='$(CPPFLAGS) $(CFLAGS)' LIBS="$(LDLIBS)" LUA="$(LUA)" python3 tests/sim/mutants.py $(BUILD) $(JOBS) $(T)

interleave: $(BUILD)/unit/test_interleave ## holds COUNT (10000) conversations on SMS alone and over changing phones: the same facts must come
	@INTERLEAVE=$(or $(COUNT),10000) $(BUILD)/unit/test_interleave

fmt: ## formats the C sources
	clang-format -i $(shell sh tests/check/files '*.c' '*.h')

# One compiler's call as text inside a JSON string inside a shell's apostrophes.
COMPILE = $(subst ','\'',$(subst ",\",$(CC) $(CPPFLAGS) $(CFLAGS) -c))

compdb: ## writes compile_commands.json for editors
	@{ echo '['; for f in $(SOURCES) $(wildcard tests/unit/*.c tests/tools/*.c tests/fuzz/*.c); do \
		printf '{"directory":"%s","file":"%s","command":"%s %s"},\n' '$(CURDIR)' "$$f" '$(COMPILE)' "$$f"; \
	done | sed '$$ s/,$$//'; echo ']'; } >compile_commands.json

install: all ## installs under PREFIX (/usr/local) and DESTDIR; a chaski.yaml in SYSCONFDIR/chaski (/etc/chaski) stays
	install -D -m 755 $(BUILD)/chaski $(DESTDIR)$(PREFIX)/bin/chaski
	install -d $(DESTDIR)$(PREFIX)/share/chaski/flows $(DESTDIR)$(PREFIX)/share/chaski/languages \
		$(DESTDIR)$(PREFIX)/share/chaski/models $(DESTDIR)$(SYSCONFDIR)/chaski
	install -m 644 config/flows/*.yaml $(DESTDIR)$(PREFIX)/share/chaski/flows
	for f in config/languages/*.yaml config/flows/*/*.yaml models/languages/*.yaml; do \
		install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/chaski/$${f#config/}; done
	install -m 644 models/*.yaml $(DESTDIR)$(PREFIX)/share/chaski/models
	install -d $(DESTDIR)$(PREFIX)/share/chaski/prometheus
	install -m 644 config/prometheus/*.yaml $(DESTDIR)$(PREFIX)/share/chaski/prometheus
	cp -R models/registry $(DESTDIR)$(PREFIX)/share/chaski/models/
	[ -e $(DESTDIR)$(SYSCONFDIR)/chaski/chaski.yaml ] || sed 's|@SHARE@|$(PREFIX)/share/chaski|' config/installed.yaml \
		>$(DESTDIR)$(SYSCONFDIR)/chaski/chaski.yaml

prove: $(BUILD)/unit/test_prove ## holds the prover against 1000 made-up flows and CONVERSATIONS (1000000) random ones
	@$< all $(or $(CONVERSATIONS),1000000) $(FIRST)

publish: $(BUILD)/unit/test_publish ## publishes PROGRAMS (480) with random edits, of SEED, in the middle of conversations
	@$< $(or $(PROGRAMS),480) $(SEED)

# Edges are counted of the flow that comes last: the shipped one, as it stands when Spanish alone is on.
OTHER_TALKS := tests/cover/english.yaml tests/cover/quechua.yaml
TALKS := $(OTHER_TALKS) $(sort $(wildcard tests/replay/*.yaml)) $(filter-out $(OTHER_TALKS),$(sort $(wildcard tests/cover/*.yaml)))

talks: all ## plays the conversations of tests/replay and tests/cover (WRITE=1: records what comes now, to be read over)
	@$(BUILD)/chaski flow test $(if $(WRITE),--write) $(TALKS) >$(BUILD)/talks.log || { cat $(BUILD)/talks.log; exit 1; }
	@grep -v '^ok ' $(BUILD)/talks.log

cover: all ## makes the conversations along every edge of the shipped flow anew, into tests/cover
	@$(BUILD)/chaski flow test --generate tests/cover/diagnostico.yaml config/flows/diagnostico.yaml

transcripts: all ## writes the conversations of tests/cover/phones.yaml into docs/CONVERSATION.md
	@$(BUILD)/chaski flow test --transcript tests/cover/phones.yaml >$(BUILD)/transcripts.md
	@awk '/^<!-- end of transcripts/ { inside = 0 } !inside { print } /^<!-- transcripts/ { inside = 1; print ""; \
		while ((getline line <"$(BUILD)/transcripts.md") > 0) print line; print "" }' docs/CONVERSATION.md >$(BUILD)/doc.md
	@cat $(BUILD)/doc.md >docs/CONVERSATION.md

drawing: all ## draws the shipped flow anew, into docs/diagnostico.svg
	@$(BUILD)/chaski flow draw config/flows/diagnostico.yaml --svg >docs/diagnostico.svg

ranker: $(BUILD)/tools/ranker ## lets the ranker learn of made-up owners' ANSWERS (5000), from SEED, into models/ranker_simulation.json
	@$< $(or $(ANSWERS),5000) $(or $(SEED),1) >$(BUILD)/ranker.json
	@cp $(BUILD)/ranker.json models/ranker_simulation.json

speed: $(BUILD)/tools/speed_industry ## times the models' reading and the industry of a text: fails above 20 ms and 20 us of processor time
	@$<

hostile: $(BUILD)/tools/hostile ## gives each recogniser COUNT (10000) hostile messages and prints the slowest: each under 1 ms
	@$< $(or $(COUNT),10000) $(FIRST)

questions: $(BUILD)/chaski ## counts messages from hello to recommendation, of OWNERS (1000) made up from SEED, against a fixed form
	@CHASKI=$< node tests/accuracy/questions.mjs $(or $(OWNERS),1000) $(or $(SEED),1)

UTTERANCES = utterances heldout heldout2 heldout3 heldout4 heldout5 heldout6 heldout7 heldout8 heldout9 heldout10 \
	heldout11 heldout12 heldout13 heldout14 heldout15 heldout16 heldout17 heldout19 heldout20 heldout21 heldout22 heldout23 traps \
	traps2

INDUSTRY_PHRASES = industry_phrases industry_reference industry_fresh industry_fresh2 industry_fresh3 industry_fresh4 industry_fresh5

accuracy: $(BUILD)/chaski ## counts how many composed utterances `chaski parse` and `chaski classify` read right
	@CHASKI=$< node tests/accuracy/accuracy.mjs $(V:%=-v) $(UTTERANCES:%=tests/accuracy/%.tsv)
	@CHASKI=$< node tests/accuracy/industry.mjs $(V:%=-v) $(INDUSTRY_PHRASES:%=tests/accuracy/%.tsv)

paraphrase: $(BUILD)/chaski ## composes COUNT (1000) answers a type with known meanings from SEED, counts those read right
	@CHASKI=$< node tests/accuracy/paraphrase.mjs $(V:%=-v) $(or $(COUNT),1000) $(or $(SEED),1)

# Training data lie outside the project: DATA names their folder.
INDUSTRY_DATA = --data $(DATA)/industry_official.tsv --data $(DATA)/industry_survey_bo2019.tsv
NO_DATA = test -n "$(DATA)" -a -r "$(DATA)/industry_survey_bo2019.tsv" || { \
	echo "make $@: not done: DATA=FOLDER must name the folder of the training data (models/README.md)"; exit 0; }

models: $(BUILD)/chaski ## trains the shipped champions (of M, as "stage growth") anew from DATA=FOLDER, and shows what differs (industry: minutes)
	@$(NO_DATA); test ! -r "$(DATA)/industry_survey_bo2019.tsv" || sh tests/tools/models.sh $< "$(DATA)" $(M)

peers: $(BUILD)/chaski $(BUILD)/tools/liblinear_parity ## fails where fastText or scikit-learn is righter than chance allows, or as fast, on the industry's fixed split, from DATA=FOLDER (some minutes)
	@$(NO_DATA); test ! -r "$(DATA)/industry_survey_bo2019.tsv" || { sh config/install-packages.sh $(PACKAGES_PEERS) && \
	$(or $(PYTHON),/usr/bin/python3) tests/bench/industry_peers.py $< $(word 2,$^) $(DATA) \
		tests/accuracy/industry_fresh3.tsv tests/accuracy/industry_fresh4.tsv; }

ceiling: $(BUILD)/chaski ## holds the survey against itself, from DATA=FOLDER: what could any classifier of its new texts reach (about 2 minutes)
	@$(NO_DATA); test ! -r "$(DATA)/industry_survey_bo2019.tsv" || { sh config/install-packages.sh $(PACKAGES_PEERS) && \
	$< dataset dump industry $(INDUSTRY_DATA) >$(BUILD)/industry_rows.tsv && \
	$(or $(PYTHON),/usr/bin/python3) tests/bench/industry_ceiling.py $(BUILD)/industry_rows.tsv $(DATA)/industry_survey_bo2019.tsv; }

# Every eighth row of the lexicon's sentences: seconds to train on, and no data needed.
parity: $(BUILD)/chaski $(BUILD)/tools/liblinear_parity ## trains with liblinear's own program on our dump: read here, its model must predict the same
	@sh config/install-packages.sh $(PACKAGES_PEERS)
	@$< dataset dump industry --libsvm | awk 'NR % 8 == 1' >$(BUILD)/parity.svm
	@for solver in 0 2 5; do liblinear-train -q -s $$solver -B 1 -e 0.05 $(BUILD)/parity.svm $(BUILD)/parity.model && \
		liblinear-predict -q $(BUILD)/parity.svm $(BUILD)/parity.model $(BUILD)/parity.theirs && \
		$(BUILD)/tools/liblinear_parity $(BUILD)/parity.model $(BUILD)/parity.svm >$(BUILD)/parity.ours && \
		cmp $(BUILD)/parity.theirs $(BUILD)/parity.ours && \
		echo "liblinear-train -s $$solver: all $$(wc -l <$(BUILD)/parity.ours) predictions the same" || exit 1; done

.PHONY: models peers ceiling parity

openapi: $(BUILD)/tools/openapi ## lints the API's document with @redocly/cli, which npm fetches
	@$(BUILD)/tools/openapi >$(BUILD)/openapi.json
	@npx --yes @redocly/cli@1.34.5 lint $(BUILD)/openapi.json

segments: all $(BUILD)/node_modules.stamp ## measures and splits COUNT (1000000) texts three ways, from the FIRST (0) of SEED
	@CHASKI=$(BUILD)/chaski node tests/segments/run.mjs

savings: all $(BUILD)/tools/said ## tells what the shipped texts cost by SMS as written, and as each policy sends them
	@CHASKI=$(BUILD)/chaski node tests/segments/savings.mjs

.PHONY: ranker speed talks cover transcripts accuracy paraphrase hostile questions segments savings prove publish drawing

clean: ## removes what was built
	rm -rf $(BUILD)

help: ## lists the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: failpoints faults $(UNIT_RUNS)
.PHONY: openapi all bench bench-audience bench-overtake bench-dialog interleave tools unit unit-build blackbox check test deps run chat asan asan-daemon fuzz fmt compdb install clean help
-include $(OBJECTS:.o=.d) $(WITH_FAILPOINTS:%.c=$(FAULTS)/%.d) $(UNIT_TESTS:=.d)
-include $(wildcard $(foreach d,tools tests/tools bench targets,$(BUILD)/$(d)/*.d))
