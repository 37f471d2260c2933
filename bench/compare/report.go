//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// A report is what a run has measured, and under which conditions.
type report struct {
	results    []*result
	conditions []string // sentences
}

// print writes one workload's table as text.
func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %s (other processes used %.0f %% of a CPU)\n", r.workload.name, r.workload.title, 100*r.others)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, line := range r.table() {
		fmt.Fprintln(t, strings.Join(line, "\t")+"\t")
	}
	t.Flush()
	for _, row := range r.rows {
		if row.fault != "" {
			fmt.Fprintf(w, "%s: FAULT: %s\n", row.peer, row.fault)
		}
	}
}

// markdown writes the same table in Markdown.
func (r *result) markdown(w io.Writer) {
	fmt.Fprintf(w, "### %s: %s\n\n", r.workload.name, r.workload.title)
	markdownTable(w, r.table())
	for _, row := range r.rows {
		if row.fault != "" {
			fmt.Fprintf(w, "%s: no result: %s\n\n", row.peer, row.fault)
		}
	}
}

// table returns a head and a line for each peer without a fault.
func (r *result) table() [][]string {
	if r.workload.tool == toolIdle {
		lines := [][]string{{"server", "bytes", "MiB"}}
		for _, row := range r.sound() {
			lines = append(lines, []string{row.peer, fmt.Sprintf("%.0f", row.bytes), mib(row.memory)})
		}
		return lines
	}
	lines := [][]string{{"server", "CPU µs", "least", "most", "× " + base, "× " + floor, "req/s"}}
	if r.workload.rate > 0 {
		lines[0] = append(lines[0], "p50 µs", "p99 µs")
	}
	lines[0] = append(lines[0], "MiB", "fields", "head")
	for _, row := range r.sound() {
		least, most := spread(row.samples)
		line := []string{
			row.peer, fmt.Sprintf("%.2f", median(row.samples, cpuOf)), fmt.Sprintf("%.2f", least), fmt.Sprintf("%.2f", most),
			ratioText(row, r.row(base)), ratioText(row, r.row(floor)), fmt.Sprintf("%.0f", median(row.samples, rateOf)),
		}
		if r.workload.rate > 0 {
			line = append(line, fmt.Sprintf("%.0f", median(row.samples, p50Of)), fmt.Sprintf("%.0f", median(row.samples, p99Of)))
		}
		line = append(line, mib(row.memory))
		if a := row.answer; a.fields > 0 {
			line = append(line, fmt.Sprint(a.fields), fmt.Sprint(a.head))
		} else {
			line = append(line, "", "")
		}
		lines = append(lines, line)
	}
	return lines
}

// sound returns the rows without a fault.
func (r *result) sound() []*row {
	return slices.DeleteFunc(slices.Clone(r.rows), func(row *row) bool { return row.fault != "" })
}

func spread(samples []sample) (least, most float64) {
	byCPU := func(a, b sample) int { return int((a.cpu - b.cpu) * 1e6) }
	return slices.MinFunc(samples, byCPU).cpu, slices.MaxFunc(samples, byCPU).cpu
}

// ratioText is empty if there is nothing to compare.
func ratioText(of, to *row) string {
	x, ok := ratio(of, to, cpuOf)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%.2f", x)
}

func mib(n int64) string { return fmt.Sprintf("%.0f", float64(n)/(1<<20)) }

func markdownTable(w io.Writer, lines [][]string) {
	for i, line := range lines {
		fmt.Fprintf(w, "| %s |\n", strings.Join(line, " | "))
		if i == 0 {
			fmt.Fprintf(w, "|---|%s\n", strings.Repeat("---:|", len(line)-1))
		}
	}
	fmt.Fprintln(w)
}

// overview is the section for README.md: a line for each workload, and one
// table each for latency and for idle connections.
func (r *report) overview(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", strings.Join(r.conditions, " "))
	others := []string{"haproxy", "varnish", "trafficserver"}
	costs := [][]string{{"CPU time for each request", "µs", "× " + base, "× " + floor, "req/s", "MiB"}}
	latencies := [][]string{{"latency at a fixed rate, µs", "p50", "p99"}}
	idle := [][]string{{"idle connections", "bytes each"}}
	for _, name := range others {
		costs[0] = append(costs[0], name+" × "+base)
	}
	for _, result := range r.results {
		our := result.row(ours)
		if our == nil || our.fault != "" {
			continue
		}
		if result.workload.tool == toolIdle {
			for _, row := range result.sound() {
				idle = append(idle, []string{result.workload.title + ": " + row.peer, fmt.Sprintf("%.0f", row.bytes)})
			}
			continue
		}
		line := []string{
			result.workload.title, fmt.Sprintf("%.2f", median(our.samples, cpuOf)), ratioText(our, result.row(base)),
			ratioText(our, result.row(floor)), fmt.Sprintf("%.0f", median(our.samples, rateOf)), mib(our.memory),
		}
		for _, name := range others {
			line = append(line, ratioText(result.row(name), result.row(base)))
		}
		costs = append(costs, line)
		if result.workload.rate > 0 {
			for _, row := range result.sound() {
				latencies = append(latencies, []string{
					result.workload.title + ": " + row.peer,
					fmt.Sprintf("%.0f", median(row.samples, p50Of)), fmt.Sprintf("%.0f", median(row.samples, p99Of)),
				})
			}
		}
	}
	for _, table := range [][][]string{costs, latencies, idle} {
		if len(table) > 1 {
			markdownTable(w, table)
		}
	}
}

// printGoals tells which goals are met.
func (r *report) printGoals(w io.Writer) {
	lines := r.goalLines()
	if len(lines) == 1 {
		return
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintln(t, strings.Join(line, "\t"))
	}
	t.Flush()
}

// goalLines returns a head and a line for each goal that was measured.
func (r *report) goalLines() [][]string {
	lines := [][]string{{"goal", "workload", "against", "measured", "at most", ""}}
	for _, g := range goals {
		measured, ok := r.measured(g)
		if !ok {
			continue
		}
		verdict, format := "met", "%.2f"
		if measured > g.most {
			verdict = "missed"
		}
		if g.figure == figureBytes {
			format = "%.0f"
		}
		lines = append(lines, []string{g.name, g.workload, g.against, fmt.Sprintf(format, measured), fmt.Sprintf(format, g.most), verdict})
	}
	return lines
}

// measured returns the figure of a goal, if the run has it.
func (r *report) measured(g goal) (float64, bool) {
	i := slices.IndexFunc(r.results, func(x *result) bool { return x.workload.name == g.workload })
	if i < 0 {
		return 0, false
	}
	result := r.results[i]
	our := result.row(ours)
	switch g.figure {
	case figureBytes:
		if our == nil || our.fault != "" {
			return 0, false
		}
		return our.bytes, true
	case figureP99:
		return ratio(our, result.row(g.against), p99Of)
	default:
		return ratio(our, result.row(g.against), cpuOf)
	}
}

// The section of README.md is between these two lines.
const (
	sectionBegin = "<!-- bench/compare begin -->"
	sectionEnd   = "<!-- bench/compare end -->"
)

// write writes the files that were asked for.
func (r *report) write(markdown, readme string) error {
	var errs []error
	if markdown != "" {
		var b bytes.Buffer
		r.overview(&b)
		for _, result := range r.results {
			result.markdown(&b)
		}
		markdownTable(&b, r.goalLines())
		errs = append(errs, os.WriteFile(markdown, b.Bytes(), 0o644))
	}
	if readme != "" {
		errs = append(errs, r.replaceSection(readme))
	}
	return errors.Join(errs...)
}

func (r *report) replaceSection(file string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	r.overview(&b)
	updated, err := replaceBetween(string(old), b.String())
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(updated), 0o644)
}

// replaceBetween puts text between the two marks of a document.
func replaceBetween(document, text string) (string, error) {
	before, rest, found := strings.Cut(document, sectionBegin+"\n")
	_, after, ended := strings.Cut(rest, sectionEnd)
	if !found || !ended {
		return "", fmt.Errorf("has no lines %q and %q", sectionBegin, sectionEnd)
	}
	return before + sectionBegin + "\n" + strings.TrimRight(text, "\n") + "\n" + sectionEnd + after, nil
}

// faults returns an error if a row of ours, or of what it is compared with,
// is none.
func (r *report) faults() error {
	var errs []error
	for _, result := range r.results {
		for _, row := range result.rows {
			if row.fault != "" && slices.Contains([]string{ours, base, floor}, row.peer) {
				errs = append(errs, fmt.Errorf("%s: %s: %s", result.workload.name, row.peer, row.fault))
			}
		}
	}
	return errors.Join(errs...)
}

var (
	cpuModel = regexp.MustCompile(`(?m)^model name\s*:\s*(.*)$`)
	version  = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)
)

// conditions describes the machine, the programs and the run.
func (b *bench) conditions(results []*result) []string {
	model := "a processor of unknown model"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := cpuModel.FindSubmatch(info); m != nil {
			model = string(m[1])
		}
	}
	kernel := "unknown"
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel = version.FindString(string(release))
	}
	var others float64
	for _, r := range results {
		others += r.others / float64(len(results))
	}
	var programs []string
	for _, p := range [][]string{{"nginx", "-v"}, {"haproxy", "-v"}, {"varnishd", "-V"}, {"hitch", "--version"}, {"traffic_server", "-V"}, {"wrk", "-v"}, {"h2load", "--version"}} {
		out, _ := exec.Command(p[0], p[1:]...).CombinedOutput() // wrk fails after it has told; what is absent has no version
		if v := version.FindString(string(out)); v != "" {
			programs = append(programs, p[0]+" "+v)
		}
	}
	return []string{
		fmt.Sprintf("Two CPUs of a machine with %s, Linux %s, loopback; %s; Groundfront built with %s.", model, kernel, strings.Join(programs, ", "), runtime.Version()),
		fmt.Sprintf("Medians of %d rounds of %s; ratios are medians of the ratios of each round; other processes used %.0f %% of a CPU meanwhile.", b.rounds, b.duration, 100*others),
	}
}
