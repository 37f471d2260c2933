package standin_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/groundfront/groundfront/origin/apigateway/standin"
)

func ExampleNew() {
	api, err := standin.New(standin.Options{Hosts: standin.HostLenient})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer api.Close()

	for _, path := range []string{"/prod/products/p06", "/prod/nothing"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost:9000"+path, nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 {"id":"p06","name":"Notebook, dotted","category":"office","price_cents":950,"updated":"2026-03-06T09:00:00Z"}
	// 403 {"message":"Missing Authentication Token"}
}
