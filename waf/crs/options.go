package crs

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
)

// Defaults and bounds of Options.
const (
	DefaultParanoiaLevel = 1
	DefaultThreshold     = 5
	DefaultBodyLimit     = 16 << 10
	MaxBodyLimit         = 64 << 10
	DefaultMaxLeaves     = 256
	MaxMaxLeaves         = 4096
	DefaultWait          = time.Second
	MaxWait              = time.Minute
)

// NoBody is an Options.BodyLimit for requests that are inspected without their
// content.
const NoBody = -1

// Options are what an operator chooses. The zero value is what the rule set
// ships with, and its recommended limits.
type Options struct {
	// ParanoiaLevel, from 1 to 4, is how many rules there are, and how many of
	// those that harmless requests match. 0 means 1.
	ParanoiaLevel int
	// Threshold is the score at which a request is blocked: a critical rule
	// counts 5, an error 4, a warning 3, a notice 2. 0 means 5, so that one
	// critical rule is enough.
	Threshold int
	// BodyLimit is how many bytes of a content are inspected, at most 65536.
	// 0 means 16384, NoBody none.
	BodyLimit int
	// MaxLeaves is how many names and values a request may have to be
	// inspected, at most 4096: of arguments, cookies, and in the content. 0
	// means 256. What a request with more gets is a Skip.
	MaxLeaves int
	// Concurrency is how many requests an Engine inspects at once. 0 means one
	// less than there are processors, but at least one.
	Concurrency int
	// Wait is how long a request waits for its turn, at most a minute. 0
	// means a second. A request that waits longer gets ErrBusy, as does one that
	// finds waitersPerSlot others waiting for each of Concurrency.
	Wait time.Duration
	// Files are the rules to use, by the number of their file: 942 for SQL
	// injection. What a file costs is in WF-BM-04. None means all.
	Files []string
	// Settings are variables of the rule set, by the names that they have in
	// its crs-setup.conf.example without "tx.": allowed_methods is "GET HEAD
	// POST OPTIONS" unless it is set.
	Settings map[string]string
}

// own are variables that have an option of their own.
var own = map[string]string{
	"blocking_paranoia_level":         "ParanoiaLevel",
	"detection_paranoia_level":        "ParanoiaLevel",
	"inbound_anomaly_score_threshold": "Threshold",
	"crs_setup_version":               "nothing, it is that of the rule set",
}

// withDefaults returns the options with every value in place, or says which one
// is out of bounds.
func (o Options) withDefaults() (Options, error) {
	o.Files, o.Settings = slices.Clone(o.Files), maps.Clone(o.Settings)
	var errs []error
	number := func(name string, value *int, byDefault, lowest, highest int) {
		if *value == 0 {
			*value = byDefault
		}
		if *value < lowest || *value > highest {
			errs = append(errs, fmt.Errorf("%s is %d, it may be from %d to %d", name, *value, lowest, highest))
		}
	}
	number("ParanoiaLevel", &o.ParanoiaLevel, DefaultParanoiaLevel, 1, 4)
	number("Threshold", &o.Threshold, DefaultThreshold, 1, 10000)
	number("BodyLimit", &o.BodyLimit, DefaultBodyLimit, NoBody, MaxBodyLimit)
	number("MaxLeaves", &o.MaxLeaves, DefaultMaxLeaves, 1, MaxMaxLeaves)
	number("Concurrency", &o.Concurrency, max(1, runtime.GOMAXPROCS(0)-1), 1, 1024)
	if o.Wait == 0 {
		o.Wait = DefaultWait
	}
	if o.Wait < 0 || o.Wait > MaxWait {
		errs = append(errs, fmt.Errorf("a wait of %v, it may be up to %v", o.Wait, MaxWait))
	}
	slices.Sort(o.Files)
	o.Files = slices.Compact(o.Files)
	for _, file := range o.Files {
		if !slices.Contains(Files(), file) {
			errs = append(errs, fmt.Errorf("Files has %q, there are %s", file, strings.Join(Files(), ", ")))
		}
	}
	if len(o.Files) == 0 {
		o.Files = Files()
	}
	for name, value := range o.Settings {
		if err := checkSetting(name, value); err != nil {
			errs = append(errs, err)
		}
	}
	return o, errors.Join(errs...)
}

// Check returns what is wrong with options, without compiling anything.
func (o Options) Check() error {
	_, err := o.withDefaults()
	return err
}

// Files returns the numbers of the files that hold rules of requests, which
// Options.Files chooses from: 911, 913, 920 and so on.
func Files() []string {
	var numbers []string
	for _, name := range ruleFiles() {
		if number := numberOf(name); !always(number) {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// always reports whether a file is part of every choice: what initializes the
// rule set, its exceptions, and the sum.
func always(number string) bool {
	return slices.Contains([]string{"901", "905", "949", "999"}, number)
}

// ruleFiles returns the names of the files of rules of requests, in order.
// Those of responses are for a phase that a web ACL does not have (WF-CZ-03).
func ruleFiles() []string {
	names, err := fs.Glob(coreruleset.FS, "@owasp_crs/REQUEST-*.conf")
	if err != nil {
		panic(err) // the pattern is ours
	}
	slices.Sort(names)
	return names
}

func numberOf(name string) string {
	_, name, _ = strings.Cut(name, "REQUEST-")
	number, _, _ := strings.Cut(name, "-")
	return number
}

// settingPattern finds the variables that the rule set's example of a
// configuration sets, commented out as most are.
var settingPattern = regexp.MustCompile(`setvar:'?tx\.([a-z0-9_]+)=`)

// settingNames returns what Options.Settings may have.
func settingNames() ([]string, error) {
	example, err := fs.ReadFile(coreruleset.FS, "@crs-setup.conf.example")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, match := range settingPattern.FindAllStringSubmatch(string(example), -1) {
		if own[match[1]] == "" {
			names = append(names, match[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func checkSetting(name, value string) error {
	names, err := settingNames()
	switch {
	case err != nil:
		return err
	case own[name] != "":
		return fmt.Errorf("setting %s, for which there is %s", name, own[name])
	case !slices.Contains(names, name):
		return fmt.Errorf("setting %q, there are %s", name, strings.Join(names, ", "))
	case strings.ContainsAny(value, "'\"\\`\r\n\x00") || strings.Contains(value, "%{"):
		// It would end the directive that it is put into.
		return fmt.Errorf("setting %s = %s, with a character that is not possible", name, strconv.Quote(value))
	}
	return nil
}
