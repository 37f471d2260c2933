package standin

// demoRoutes is the demo API; doc.go describes it. GET routes take HEAD too:
// a gateway has no HEAD unless it is declared.
var demoRoutes = []route{
	{"GET HEAD", "/products", kindProxy, accessPublic, (*Standin).listProducts},
	{"GET HEAD", "/products/{id}", kindProxy, accessPublic, (*Standin).getProduct},
	{"GET HEAD", "/search", kindProxy, accessPublic, (*Standin).search},
	{"GET HEAD", "/me", kindProxy, accessAuthorizer, (*Standin).me},
	{"POST", "/orders", kindProxy, accessPublic, (*Standin).createOrder},
	{"PUT PATCH", "/cart/{id}", kindProxy, accessPublic, (*Standin).changeCart},
	{"DELETE", "/cart/{id}", kindProxy, accessPublic, (*Standin).deleteCart},
	{"GET HEAD", "/version", kindProxy, accessPublic, (*Standin).version},
	{"GET HEAD", "/cookies", kindProxy, accessPublic, (*Standin).cookies},
	{"ANY", "/echo", kindMock, accessPublic, (*Standin).echo},
	{"ANY", "/echo/{proxy+}", kindMock, accessPublic, (*Standin).echo},
	{"GET HEAD", "/slow", kindProxy, accessPublic, (*Standin).slow},
	{"GET HEAD", "/fail", kindMock, accessPublic, (*Standin).fail},
	{"GET HEAD", "/flaky", kindProxy, accessPublic, (*Standin).alternate},
	{"GET HEAD", "/stale", kindProxy, accessPublic, (*Standin).stale},
	{"PUT", "/stale", kindProxy, accessPublic, (*Standin).switchStale},
	{"GET HEAD", "/large", kindProxy, accessPublic, (*Standin).large},
	{"GET HEAD", "/stream", kindProxy, accessPublic, (*Standin).stream},
}

// lambdaRoutes exist with a Lambda endpoint only.
var lambdaRoutes = []route{
	{"ANY", "/fn/{name}", kindProxy, accessPublic, (*Standin).invoke},
	{"ANY", "/fn/{name}/{proxy+}", kindProxy, accessPublic, (*Standin).invoke},
}
