package memory_test

import (
	"fmt"

	"github.com/groundfront/groundfront/cache/memory"
	"github.com/groundfront/groundfront/cachekey"
)

type response struct {
	hash cachekey.Hash
	body string
}

func ExampleStore() {
	hashOf := func(r *response) cachekey.Hash { return r.hash }
	store, err := memory.New(memory.Options{MaxBytes: 64 << 20}, hashOf)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	hash := cachekey.Sum([]byte("key"))
	fmt.Println("taken:", store.Put(hash, &response{hash, "hello"}, 1024))
	found, ok := store.Get(hash) // at once
	fmt.Println(found.body, ok)
	// Output:
	// taken: true
	// hello true
}
