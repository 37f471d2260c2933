package config

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestSum: it is equal where what YAML returns is, and only there.
func TestSum(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var sums [][32]byte
	var texts [][]byte
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := ParseWith(file, src, os.ReadFile)
		if c == nil {
			continue // it is there for what is wrong with it
		}
		again, problems := ParseWith(file, c.YAML(), os.ReadFile)
		if again == nil {
			t.Fatalf("%s: %v", file, problems)
		}
		sums, texts = append(sums, c.Sum(), again.Sum()), append(texts, c.YAML(), again.YAML())
	}
	if len(sums) < 4 {
		t.Fatalf("got %d configurations, want some", len(sums))
	}
	for i := range sums {
		for j := range i {
			if got, want := sums[i] == sums[j], bytes.Equal(texts[i], texts[j]); got != want {
				t.Errorf("sums are equal: got %v, want %v, of\n%s\nand\n%s", got, want, texts[i], texts[j])
			}
		}
	}
	// Parts move from one text to the next.
	list := func(texts ...string) *node {
		n := &node{kind: kindList}
		for _, text := range texts {
			n.items = append(n.items, &node{kind: kindString, text: text})
		}
		return n
	}
	seen := map[string]int{}
	for i, n := range []*node{list(), list(""), list("ab"), list("a", "b"), list("", "ab"), {kind: kindString, text: "ab"}, {kind: kindInt}} {
		text := string(appendNode(nil, n))
		if other, taken := seen[text]; taken {
			t.Errorf("trees %d and %d are the same: %q", other, i, text)
		}
		seen[text] = i
	}
}
