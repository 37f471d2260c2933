// floor PORT BODYBYTES HEADBYTES: the least that a server with epoll costs.
//
// It parses nothing and looks nothing up: whatever one read returns is taken
// for one request, and one write answers it. So it is a bound for closed-loop
// viewers without pipelining, and for nothing else. Sockets are registered
// once, edge-triggered, for both directions: a request costs one read, one
// write and its share of an epoll_wait.
//
//   cc -O2 -o floor floor.c
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAXFD = 65536, EVENTS = 512 };

static char *rest[MAXFD]; // what of the answer a socket has not taken yet
static int left[MAXFD];   // and how much of it
static char request[65536];

static char *answer(int body, int head, int *length) {
	char *bytes = malloc(body + head + 4096);
	int n = sprintf(bytes, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nX-Pad: ", body);
	while (n < head - 4)
		bytes[n++] = 'p';
	memcpy(bytes + n, "\r\n\r\n", 4);
	n += 4;
	memset(bytes + n, 'b', body);
	*length = n + body;
	return bytes;
}

static void accept_all(int listener, int poll) {
	int c, one = 1;
	while ((c = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
		if (c >= MAXFD) {
			close(c);
			continue;
		}
		struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = c};
		setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		left[c] = 0;
		epoll_ctl(poll, EPOLL_CTL_ADD, c, &e);
	}
}

int main(int argc, char **argv) {
	if (argc != 4) {
		fprintf(stderr, "usage: floor PORT BODYBYTES HEADBYTES\n");
		return 2;
	}
	int length, one = 1;
	char *bytes = answer(atoi(argv[2]), atoi(argv[3]), &length);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(atoi(argv[1])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (void *)&at, sizeof at) || listen(listener, 4096)) {
		perror("floor: listen");
		return 1;
	}
	int poll = epoll_create1(0);
	struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		int n = epoll_wait(poll, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			int c = events[i].data.fd;
			if (c == listener) {
				accept_all(listener, poll);
				continue;
			}
			if (left[c]) { // the rest of a large answer
				int w = write(c, rest[c], left[c]);
				if (w > 0) {
					rest[c] += w;
					left[c] -= w;
				}
				if (left[c] || !(events[i].events & EPOLLIN))
					continue;
			}
			if (!(events[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
				continue;
			int r = read(c, request, sizeof request);
			if (r < 0 && errno == EAGAIN)
				continue;
			if (r <= 0) {
				close(c);
				continue;
			}
			int w = write(c, bytes, length);
			if (w < length) {
				if (w < 0)
					w = 0;
				rest[c] = bytes + w;
				left[c] = length - w;
			}
		}
	}
}
