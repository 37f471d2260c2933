package repository

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// modulePath is what import paths of this repository begin with.
const modulePath = "github.com/groundfront/groundfront"

// A tree is a set of files as the rules see it: the repository, or a small
// one from an archive. Paths are slash-separated and relative to the root.
type tree struct {
	files map[string]string // content by path; that of binaries as well
	data  map[string]string // the same, of the testdata folders that rules read
	fset  *token.FileSet
	packs []*pack // by directory
}

// dataFolders are the testdata folders that rules read.
var dataFolders = []string{"bench/repository/testdata", "bench/scenario/testdata"}

// A pack is the Go files of one directory.
type pack struct {
	dir   string
	files []*source // by path
}

// A source is one Go file.
type source struct {
	path string
	test bool
	ast  *ast.File
}

// newTree parses the Go files among files.
func newTree(files map[string]string) (*tree, error) {
	t := &tree{files: files, data: map[string]string{}, fset: token.NewFileSet()}
	byDir := map[string]*pack{}
	maps.DeleteFunc(files, func(name, content string) bool {
		if withinAny(name, dataFolders) {
			t.data[name] = content
			return true
		}
		return false
	})
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".go" {
			continue
		}
		parsed, err := parser.ParseFile(t.fset, name, files[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		dir := path.Dir(name)
		if byDir[dir] == nil {
			byDir[dir] = &pack{dir: dir}
			t.packs = append(t.packs, byDir[dir])
		}
		byDir[dir].files = append(byDir[dir].files, &source{
			path: name, test: strings.HasSuffix(name, "_test.go"), ast: parsed,
		})
	}
	return t, nil
}

// readTree reads the files under root, without those of other modules, of
// testdata folders that no rule reads, and of hidden folders. Names that
// .gitignore lists at the root are left out as well.
func readTree(root string) (*tree, error) {
	files := map[string]string{}
	ignored := ignoredNames(root)
	dir := os.DirFS(root)
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (isHidden(name) || d.Name() == "testdata" && !slices.Contains(dataFolders, name) || isModule(dir, name)),
			d.IsDir() && ignored(name):
			return fs.SkipDir
		case !d.Type().IsRegular() || ignored(name):
			return nil
		}
		content, err := fs.ReadFile(dir, name)
		files[name] = string(content)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newTree(files)
}

func isHidden(name string) bool { return strings.HasPrefix(path.Base(name), ".") }

func isModule(dir fs.FS, name string) bool {
	_, err := fs.Stat(dir, path.Join(name, "go.mod"))
	return err == nil
}

// ignoredNames understands the part of .gitignore's grammar that is used
// here: a name at the root, or a pattern for the last element.
func ignoredNames(root string) func(string) bool {
	content, _ := os.ReadFile(path.Join(root, ".gitignore"))
	patterns := strings.Fields(string(content))
	return func(name string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			subject := path.Base(name)
			if p, anchored := strings.CutPrefix(pattern, "/"); anchored {
				pattern, subject = strings.TrimSuffix(p, "/"), name
			}
			matched, _ := path.Match(pattern, subject)
			return matched
		})
	}
}

// An imported is one import of one file.
type imported struct {
	by   *source
	path string
	at   string
}

// imports lists all imports.
func (t *tree) imports() []imported {
	var all []imported
	for _, s := range t.sources() {
		for _, spec := range s.ast.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			all = append(all, imported{by: s, path: name, at: t.at(spec)})
		}
	}
	return all
}

// sources lists the Go files of all packages.
func (t *tree) sources() []*source {
	var all []*source
	for _, p := range t.packs {
		all = append(all, p.files...)
	}
	return all
}

// pack returns the package in dir, nil if there is none.
func (t *tree) pack(dir string) *pack {
	for _, p := range t.packs {
		if p.dir == dir {
			return p
		}
	}
	return nil
}

// code lists the files of p that are not tests.
func (p *pack) code() []*source {
	return slices.DeleteFunc(slices.Clone(p.files), func(s *source) bool { return s.test })
}

// at returns "file:line".
func (t *tree) at(n ast.Node) string {
	position := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", position.Filename, position.Line)
}

// dir returns the package's folder.
func (s *source) dir() string { return path.Dir(s.path) }

// within reports whether dir is parent or below it.
func within(dir, parent string) bool { return dir == parent || strings.HasPrefix(dir, parent+"/") }

// withinAny reports whether dir is one of parents or below one.
func withinAny(dir string, parents []string) bool {
	return slices.ContainsFunc(parents, func(p string) bool { return within(dir, p) })
}
