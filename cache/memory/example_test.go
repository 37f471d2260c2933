package memory_test

import (
	"fmt"

	"github.com/groundfront/groundfront/cache/memory"
	"github.com/groundfront/groundfront/cachekey"
)

func ExampleStore() {
	store, err := memory.New[*string](memory.Options{MaxBytes: 64 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	hash, value := cachekey.Sum([]byte("key")), "response"
	fmt.Println("taken:", store.Put(hash, &value, 1024))
	found, ok := store.Get(hash) // at once
	fmt.Println(*found, ok)
	// Output:
	// taken: true
	// response true
}
