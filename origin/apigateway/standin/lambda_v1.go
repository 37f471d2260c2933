package standin

// eventV1 is the event of a REST API (AG-LAM-01). Empty maps are null.
type eventV1 struct {
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  contextV1           `json:"requestContext"`
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

// contextV1 is the requestContext of AG-LAM-02.
type contextV1 struct {
	AccountID         string     `json:"accountId"`
	APIID             string     `json:"apiId"`
	DeploymentID      string     `json:"deploymentId"`
	DomainName        string     `json:"domainName"`
	DomainPrefix      string     `json:"domainPrefix"`
	ExtendedRequestID string     `json:"extendedRequestId"`
	HTTPMethod        string     `json:"httpMethod"`
	Identity          identityV1 `json:"identity"`
	Path              string     `json:"path"`
	Protocol          string     `json:"protocol"`
	RequestID         string     `json:"requestId"`
	RequestTime       string     `json:"requestTime"`
	RequestTimeEpoch  int64      `json:"requestTimeEpoch"`
	ResourceID        string     `json:"resourceId"`
	ResourcePath      string     `json:"resourcePath"`
	Stage             string     `json:"stage"`
}

// identityV1 is null but for the address and the user agent: the demo API
// has no IAM and no Cognito.
type identityV1 struct {
	AccessKey                     *string `json:"accessKey"`
	AccountID                     *string `json:"accountId"`
	Caller                        *string `json:"caller"`
	CognitoAuthenticationProvider *string `json:"cognitoAuthenticationProvider"`
	CognitoAuthenticationType     *string `json:"cognitoAuthenticationType"`
	CognitoIdentityID             *string `json:"cognitoIdentityId"`
	CognitoIdentityPoolID         *string `json:"cognitoIdentityPoolId"`
	PrincipalOrgID                *string `json:"principalOrgId"`
	SourceIP                      string  `json:"sourceIp"`
	User                          *string `json:"user"`
	UserAgent                     *string `json:"userAgent"`
	UserARN                       *string `json:"userArn"`
}

func (s *Standin) eventV1(c *call) *eventV1 {
	e := &eventV1{
		Resource:       c.route.resource,
		Path:           c.path,
		HTTPMethod:     c.method,
		PathParameters: c.params,
		RequestContext: s.contextV1(c),
	}
	e.Headers, e.MultiValueHeaders = linesV1(c)
	e.QueryStringParameters, e.MultiValueQueryStringParameters = queryV1(c)
	e.Body, e.IsBase64Encoded = s.eventContent(c)
	return e
}

// linesV1 and queryV1 return the single-value map, which holds the last
// value, and the multi-value map (AG-LAM-04).
func linesV1(c *call) (last map[string]string, all map[string][]string) {
	last, all = map[string]string{}, map[string][]string{}
	for _, l := range integrationLines(c) {
		last[l.Name] = l.Value
		all[l.Name] = append(all[l.Name], l.Value)
	}
	return last, all
}

func queryV1(c *call) (last map[string]string, all map[string][]string) {
	if len(c.query) == 0 {
		return nil, nil
	}
	last = make(map[string]string, len(c.query))
	for name := range c.query {
		last[name] = lastValue(c.query, name)
	}
	return last, c.query
}

func (s *Standin) contextV1(c *call) contextV1 {
	return contextV1{
		AccountID:         accountID,
		APIID:             s.opts.APIID,
		DeploymentID:      "dep1oy",
		DomainName:        s.host,
		DomainPrefix:      s.opts.APIID,
		ExtendedRequestID: c.ids.extended,
		HTTPMethod:        c.method,
		Identity:          identityV1{SourceIP: sourceIP(c), UserAgent: nilIfEmpty(c.r.UserAgent())},
		Path:              c.r.URL.EscapedPath(), // with the stage (AG-LAM-03)
		Protocol:          protocol(c),
		RequestID:         c.ids.request,
		RequestTime:       c.now.UTC().Format(clfTime),
		RequestTimeEpoch:  c.now.UnixMilli(),
		ResourceID:        "fnprxy",
		ResourcePath:      c.route.resource,
		Stage:             s.opts.Stage,
	}
}
