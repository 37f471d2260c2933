package standin

import (
	"context"
	"encoding/json"
	"net/url"
)

// me is GET /me: an answer that must never reach another viewer.
func (s *Standin) me(_ context.Context, c *call) (*response, error) {
	resp := newResponse(200, "private, no-store")
	resp.setJSON(map[string]any{"user": c.user, "request": c.ids.request})
	return resp, nil
}

// createOrder is POST /orders. The id is the sender's, or the request's.
func (s *Standin) createOrder(_ context.Context, c *call) (*response, error) {
	order := struct {
		ID    string          `json:"id"`
		Items json.RawMessage `json:"items,omitempty"`
	}{}
	if json.Unmarshal(c.content, &order) != nil {
		return nil, badRequestBody
	}
	setDefault(&order.ID, c.ids.request)
	resp := newResponse(201, "")
	resp.setJSON(order)
	if place := "/orders/" + url.PathEscape(order.ID); len(place) <= 256 {
		resp.lines.Add("Location", place)
	}
	return resp, nil
}

// changeCart is PUT and PATCH /cart/{id}. Nothing is kept: the cart is sent
// back with the method that was used on it.
func (s *Standin) changeCart(_ context.Context, c *call) (*response, error) {
	if !json.Valid(c.content) {
		return nil, badRequestBody
	}
	return jsonResponse(200, map[string]any{
		"id": c.params["id"], "method": c.method, "cart": json.RawMessage(c.content),
	}), nil
}

// deleteCart is DELETE /cart/{id}.
func (s *Standin) deleteCart(context.Context, *call) (*response, error) {
	return newResponse(204, ""), nil
}
