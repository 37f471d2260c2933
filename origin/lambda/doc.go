// Package lambda answers for an origin by invoking a Lambda function, as a
// function URL does with payload format 2.0, or an API with format 1.0. It posts
// an event to the invoke API of an emulator: sam local start-lambda, or the
// Runtime Interface Emulator of a container image.
//
//   - function.go: one function, its bounds, and the invocation.
//   - request.go: the event of a request.
//   - event.go: the events' form.
//   - result.go: what a function returns.
//   - response.go: the answers that are not a function's.
//
// The stand-in of API Gateway uses events and results too. Invocations are not
// signed, so that AWS itself refuses them.
//
// It is a provider: it imports origin.
package lambda
