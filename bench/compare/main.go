//go:build linux

package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A bench is one run.
type bench struct {
	dir            string // work directory, removed at the end
	self           string // path of this program, which is a generator as well
	groundfront    string // path of the binary
	overlay        string // configuration laid over that of a second one of ours; "" is none
	before         string // path of another build of it; "" is none
	firewall       bool   // ours has a web ACL
	profiles       string // folder for profiles of ours; "" is none
	rounds         int
	duration       time.Duration // of a shot
	serverCPU      int
	generatorCPU   int
	realtime       []string // command prefix that keeps other processes away
	preferred      []string // the same where servers and generator share CPUs
	files          uint64   // limit of open files
	browserHeaders string

	stage   stage
	ports   map[string]string
	running []*process
}

//go:embed conf/browser-headers.txt
var browserHeaders string

func main() {
	runtime.LockOSThread() // servers get SIGTERM when the thread that started them ends
	// SIGPIPE is for a pager that ends before us.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := command(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// command reads the flags and does what they say.
func command(ctx context.Context) error {
	b := &bench{browserHeaders: browserHeaders}
	var names, with, priority, markdown, readme string
	var quick, list, resume bool
	var handshakesAt string
	var connections, seconds int
	flag.StringVar(&b.groundfront, "groundfront", "groundfront", "path of the groundfront binary")
	flag.StringVar(&b.overlay, "overlay", "", "`file` laid over Groundfront's configuration, for one more peer")
	flag.StringVar(&b.before, "before", "", "`path` of another groundfront binary, for one more peer")
	flag.BoolVar(&b.firewall, "firewall", true, "whether Groundfront has a web ACL; an older build may know none")
	flag.StringVar(&b.profiles, "profiles", "", "`folder` for CPU profiles of Groundfront, one of each workload; their tops are printed")
	flag.IntVar(&b.rounds, "rounds", 9, "rounds; the table has medians")
	flag.IntVar(&seconds, "seconds", 1, "length of a shot; generators take whole seconds only")
	flag.IntVar(&b.serverCPU, "server-cpu", 0, "CPU of the server that is measured")
	flag.IntVar(&b.generatorCPU, "generator-cpu", 1, "CPU of the generator and of the origin")
	flag.StringVar(&names, "workloads", "", "`names` of workloads with commas between; default all")
	flag.StringVar(&with, "peers", "", "`names` of peers with commas between; default all")
	flag.StringVar(&priority, "priority", "auto", "auto, realtime, nice or none: how servers and generators are kept on their CPUs")
	flag.StringVar(&markdown, "markdown", "", "`file` for the tables in Markdown")
	flag.StringVar(&readme, "readme", "", "`file` whose section between the marks is replaced by the figures")
	flag.BoolVar(&quick, "quick", false, "only what decides the goals: seven rounds, nginx and the C floor")
	flag.BoolVar(&list, "list", false, "print the names of workloads and peers")
	flag.StringVar(&handshakesAt, "handshakes", "", "be the generator of TLS handshakes to a `URL`")
	flag.BoolVar(&resume, "resume", false, "with -handshakes: all but the first of each connection resume its session")
	flag.IntVar(&connections, "connections", 16, "with -handshakes: connections at once")
	flag.Parse()
	b.duration = time.Duration(max(1, seconds)) * time.Second

	switch {
	case list:
		return printNames()
	case handshakesAt != "":
		l := handshakes(handshakesAt, connections, b.duration, resume)
		_, err := fmt.Printf(handshakesFormat, l.requests, l.errors, l.elapsed.Nanoseconds())
		return err
	}
	if quick {
		if with == "" {
			with = strings.Join(quickPeers, ",")
		}
		if !isSet("rounds") {
			b.rounds = 7
		}
	}
	chosen, err := choose("workload", names, workloads, func(w *workload) string { return w.name })
	if err != nil {
		return err
	}
	if quick && names == "" {
		chosen = slices.DeleteFunc(chosen, func(w *workload) bool { return !w.decisive })
	}
	taking, err := choose("peer", with, peers, func(p *peer) string { return p.name })
	if err != nil {
		return err
	}
	if !b.firewall {
		taking = slices.DeleteFunc(taking, func(p *peer) bool { return p.server == "unguarded" })
	}
	if b.overlay == "" {
		taking = slices.DeleteFunc(taking, func(p *peer) bool { return p.server == "overlay" })
	}
	if b.before == "" {
		taking = slices.DeleteFunc(taking, func(p *peer) bool { return p.server == "before" })
	}
	if err := b.setUp(ctx, priority); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	results, err := b.run(ctx, chosen, taking)
	if err != nil {
		return err
	}
	r := report{results: results, conditions: b.conditions(results)}
	r.printGoals(os.Stdout)
	return errors.Join(r.write(markdown, readme), r.faults())
}

func isSet(name string) bool {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// choose returns the named ones of all, or all, in their order.
func choose[T any](kind, names string, all []T, nameOf func(*T) string) ([]*T, error) {
	var wanted []string
	if names != "" {
		wanted = strings.Split(names, ",")
	}
	var chosen []*T
	known := map[string]bool{}
	for i := range all {
		name := nameOf(&all[i])
		known[name] = true
		if wanted == nil || slices.Contains(wanted, name) {
			chosen = append(chosen, &all[i])
		}
	}
	for _, name := range wanted {
		if !known[name] {
			return nil, fmt.Errorf("no %s is called %q; -list prints the names", kind, name)
		}
	}
	return chosen, nil
}

func printNames() error {
	for _, w := range workloads {
		fmt.Printf("workload  %-16s %s\n", w.name, w.title)
	}
	var names []string
	for _, p := range peers {
		if !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	_, err := fmt.Printf("peers     %s\n", strings.Join(names, ","))
	return err
}

// setUp looks at the machine and makes the work directory.
func (b *bench) setUp(ctx context.Context, priority string) error {
	var err error
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.groundfront, err = exec.LookPath(b.groundfront); err != nil {
		return err
	}
	for _, path := range []*string{&b.groundfront, &b.overlay, &b.before} {
		if *path != "" {
			if *path, err = filepath.Abs(*path); err != nil {
				return err
			}
		}
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	b.files = limit.Cur
	if b.realtime, b.preferred, err = prefixes(priority); err != nil {
		return err
	}
	for _, cpu := range []int{b.serverCPU, b.generatorCPU} {
		if err := exec.CommandContext(ctx, "taskset", "-c", strconv.Itoa(cpu), "true").Run(); err != nil {
			return fmt.Errorf("CPU %d cannot be used: two are needed", cpu)
		}
	}
	if b.dir, err = os.MkdirTemp(roomy("/dev/shm"), "compare-"); err != nil {
		return err
	}
	return b.prepareWork()
}

// roomy returns the folder if it has 4 GiB, which caches and logs may need,
// or else the system's folder for temporary files.
func roomy(folder string) string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err == nil && s.Bavail*uint64(s.Bsize) >= 4<<30 {
		return folder
	}
	return os.TempDir()
}

// prefixes returns the command prefixes of a priority. Round-robin real time
// keeps others from taking slices, but among servers and generator that share
// CPUs its slices of 100 ms would be visible.
func prefixes(priority string) (realtime, preferred []string, err error) {
	rr, nice := []string{"chrt", "-r", "1"}, []string{"nice", "-n", "-10"}
	if !slices.Contains([]string{"auto", "realtime", "nice", "none"}, priority) {
		return nil, nil, fmt.Errorf("-priority %s: want auto, realtime, nice or none", priority)
	}
	if priority == "none" {
		return nil, nil, nil
	}
	if permitted(nice) {
		preferred = nice
	}
	switch {
	case priority == "nice":
		return preferred, preferred, nil
	case permitted(rr):
		return rr, preferred, nil
	case priority == "realtime":
		return nil, nil, errors.New("-priority realtime: not permitted")
	}
	return preferred, preferred, nil
}

// permitted tries a prefix. nice only complains if it may not.
func permitted(prefix []string) bool {
	out, err := exec.Command(prefix[0], append(prefix[1:], "true")...).CombinedOutput()
	return err == nil && len(out) == 0
}

// serverCPUs are those of the servers in the current stage.
func (b *bench) serverCPUs() []int {
	if b.stage == stageShared {
		return []int{b.serverCPU, b.generatorCPU}
	}
	return []int{b.serverCPU}
}

// serverPrefix places a server. The origin stays with the generator.
func (b *bench) serverPrefix(name string) []string {
	if b.stage == stageShared {
		return slices.Concat(pin(b.serverCPUs()...), b.preferred)
	}
	if name == "origin" {
		return slices.Concat(pin(b.generatorCPU), b.realtime)
	}
	return slices.Concat(pin(b.serverCPU), b.realtime)
}

// generatorPrefix places a generator.
func (b *bench) generatorPrefix(w *workload) []string {
	if w.stage == stageShared {
		return slices.Concat(pin(b.serverCPUs()...), b.preferred)
	}
	return slices.Concat(pin(b.generatorCPU), b.realtime)
}

func pin(cpus ...int) []string {
	var list []string
	for _, c := range cpus {
		list = append(list, strconv.Itoa(c))
	}
	return []string{"taskset", "-c", strings.Join(list, ",")}
}
