/*
 * Two ends of lwIP, measured as bench/bulk.ts and bench/cycles.ts measure two of lastack: in one process and one thread, with a
 * wire between them that copies each IPv4 packet once, and with every checksum made and verified. Each end is a stack with
 * variables of its own, because the program loads two copies of lwIP's shared library.
 *
 *     ends A.so B.so bulk OCTETS WRITE          prints lwIP's version and octets a second of the processor's time
 *     ends A.so B.so cycles COUNT TIME_WAITS    prints lwIP's version and connections a second of it
 *
 * It calls the library's raw interface, which is lwIP's fastest. What lwIP leaves to whoever ports it to a machine, the program
 * does itself, unless it is compiled with -DAS_PACKAGED: the library's calls of these functions then arrive here. They are
 * its locks, of which one thread needs none, and its checksum, which lwIP calls the first thing to optimize in a port.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/priv/tcp_priv.h"

#define PORT 80
#define AT_ONCE 100
#define MTU 1500
#define FRAMES 4096
#define STEP_US 10
#define TIMER_US 250000
#define TIME_WAIT_MS (2 * TCP_MSL + 1000)

static void fail(const char *what) {
  fprintf(stderr, "ends: %s\n", what);
  exit(1);
}

#ifndef AS_PACKAGED
sys_prot_t sys_arch_protect(void) { return 0; }
void sys_arch_unprotect(sys_prot_t level) { (void)level; }
void sys_check_core_locking(void) {}

typedef uint64_t lanes __attribute__((vector_size(16)));

/* 16 octets at a time, as lastack's: words of 32 bits added into sums of 64. Copies, too, if there is a place to copy to. */
static inline u16_t sum_and_copy(uint8_t *to, const uint8_t *from, int length) {
  lanes low = {0, 0}, high = {0, 0};
  int at = 0;
  for (; at + 16 <= length; at += 16) {
    lanes words;
    memcpy(&words, from + at, 16);
    if (to != NULL) memcpy(to + at, &words, 16);
    low += words & 0xffffffff;
    high += words >> 32;
  }
  uint64_t sum = low[0] + low[1] + high[0] + high[1];
  for (; at < length; at += 2) {
    uint16_t word = 0;
    int octets = at + 1 < length ? 2 : 1;
    memcpy(&word, from + at, octets);
    if (to != NULL) memcpy(to + at, &word, octets);
    sum += word;
  }
  while (sum >> 16 != 0) sum = (sum >> 16) + (sum & 0xffff);
  return (u16_t)sum;
}

u16_t lwip_standard_chksum(const void *from, int length) { return sum_and_copy(NULL, from, length); }
u16_t lwip_chksum_copy(void *to, const void *from, u16_t length) { return sum_and_copy(to, from, length); }

/* Both ends sum alike here, and would not notice if both were wrong: so the library's own routine is asked. */
static void check_sums(void *library) {
  u16_t (*theirs)(const void *, int) = dlsym(library, "lwip_standard_chksum");
  if (theirs == NULL) fail(dlerror());
  uint8_t sample[200];
  for (int i = 0; i < 200; i++) sample[i] = (uint8_t)(255 - 7 * i);
  for (int i = 0; i < 100; i++)
    if (theirs(sample + i % 3, i) != lwip_standard_chksum(sample + i % 3, i)) fail("the checksums differ");
}
#else
static void check_sums(void *library) { (void)library; }
#endif

/* One of the two stacks. */

#define CALLS(X) \
  X(lwip_init) X(netif_add) X(netif_set_up) X(ip_input) X(pbuf_alloced_custom) X(pbuf_copy_partial) X(pbuf_free) \
  X(tcp_new) X(tcp_bind) X(tcp_listen_with_backlog) X(tcp_accept) X(tcp_connect) X(tcp_recv) X(tcp_recved) X(tcp_err) \
  X(tcp_write) X(tcp_output) X(tcp_close) X(tcp_tmr) X(tcp_slowtmr)
#define FIELD(name) __typeof__(&(name)) name;

struct frame {
  struct pbuf_custom pbuf;
  struct frame *next;
  u16_t length;
  uint8_t octets[MTU];
};

struct end {
  struct { CALLS(FIELD) } of;
  u32_t *ticks;
  struct netif netif;
  struct end *peer;
  struct frame *waiting[FRAMES];
  unsigned first, count;
};

static struct end client, server;
static struct frame frames[FRAMES];
static struct frame *free_frames;
static const ip_addr_t client_address = IPADDR4_INIT_BYTES(10, 0, 0, 1);
static const ip_addr_t server_address = IPADDR4_INIT_BYTES(10, 0, 0, 2);

static void free_frame(struct pbuf *p) {
  struct frame *frame = (struct frame *)p;
  frame->next = free_frames;
  free_frames = frame;
}

/* The wire: a copy, which waits at the other end as a received frame waits in a driver's ring. */
static err_t transmit(struct netif *netif, struct pbuf *p, const ip4_addr_t *to) {
  (void)to;
  struct end *from = netif->state;
  struct end *peer = from->peer;
  struct frame *frame = free_frames;
  if (frame == NULL) return ERR_MEM;
  free_frames = frame->next;
  frame->length = from->of.pbuf_copy_partial(p, frame->octets, p->tot_len, 0);
  peer->waiting[(peer->first + peer->count++) % FRAMES] = frame;
  return ERR_OK;
}

static unsigned deliver(struct end *end) {
  unsigned count = end->count;
  for (unsigned left = count; left > 0; left--) {
    struct frame *frame = end->waiting[end->first];
    end->first = (end->first + 1) % FRAMES;
    end->count--;
    frame->pbuf.custom_free_function = free_frame;
    struct pbuf *p = end->of.pbuf_alloced_custom(PBUF_RAW, frame->length, PBUF_REF, &frame->pbuf, frame->octets, MTU);
    if (end->netif.input(p, &end->netif) != ERR_OK) end->of.pbuf_free(p);
  }
  return count;
}

/* Carries what waits at both ends, and says how many packets that were. */
static unsigned pump(void) { return deliver(&server) + deliver(&client); }

static err_t set_up(struct netif *netif) {
  netif->mtu = MTU;
  netif->output = transmit;
  netif->flags |= NETIF_FLAG_LINK_UP;
  return ERR_OK;
}

static void load(struct end *end, const char *path, struct end *peer, const ip_addr_t *address) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) fail(dlerror());
#define LOOK_UP(name) \
  if ((end->of.name = (__typeof__(end->of.name))dlsym(library, #name)) == NULL) fail(dlerror());
  CALLS(LOOK_UP)
  if ((end->ticks = dlsym(library, "tcp_ticks")) == NULL) fail(dlerror());
  check_sums(library);
  end->peer = peer;
  end->of.lwip_init();
  ip4_addr_t mask;
  IP4_ADDR(&mask, 255, 255, 255, 0);
  if (end->of.netif_add(&end->netif, ip_2_ip4(address), &mask, NULL, end, set_up, end->of.ip_input) == NULL)
    fail("netif_add");
  end->of.netif_set_up(&end->netif);
}

static void broken(void *argument, err_t error) {
  (void)argument;
  fprintf(stderr, "ends: a connection broke: %d\n", error);
  exit(1);
}

static void listen_at(tcp_accept_fn accepted) {
  struct tcp_pcb *pcb = server.of.tcp_new();
  const ip_addr_t any = IPADDR4_INIT(0);
  if (server.of.tcp_bind(pcb, &any, PORT) != ERR_OK) fail("tcp_bind");
  pcb = server.of.tcp_listen_with_backlog(pcb, 255);
  if (pcb == NULL) fail("tcp_listen");
  server.of.tcp_accept(pcb, accepted);
}

static unsigned connected_count;

static err_t connected(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument, (void)pcb;
  connected_count++;
  return error;
}

static struct tcp_pcb *connect_once(void) {
  struct tcp_pcb *pcb = client.of.tcp_new();
  if (pcb == NULL) fail("tcp_new");
  client.of.tcp_err(pcb, broken);
  if (client.of.tcp_connect(pcb, &server_address, PORT, connected) != ERR_OK) fail("tcp_connect");
  return pcb;
}

/* Of the processor's time. */
static double seconds(void) {
  struct timespec at;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* Octets one way. */

static uint64_t received;
static uint8_t buffer[65536];

static err_t take(void *argument, struct tcp_pcb *pcb, struct pbuf *p, err_t error) {
  (void)argument, (void)error;
  if (p == NULL) fail("an end of file");
  u16_t length = server.of.pbuf_copy_partial(p, buffer, p->tot_len, 0);
  received += length;
  server.of.tcp_recved(pcb, length);
  server.of.pbuf_free(p);
  return ERR_OK;
}

static err_t accept_bulk(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument;
  server.of.tcp_err(pcb, broken);
  server.of.tcp_recv(pcb, take);
  return error;
}

static double bulk(uint64_t octets, uint32_t write) {
  static uint8_t data[65536];
  memset(data, 120, sizeof data);
  listen_at(accept_bulk);
  struct tcp_pcb *pcb = connect_once();
  while (pump() > 0);
  if (connected_count != 1) fail("no connection");
  double started = seconds();
  uint64_t sent = 0;
  for (uint64_t now = 0, due = TIMER_US; received < octets; now += STEP_US) {
    while (sent < octets) {
      uint32_t length = write < tcp_sndbuf(pcb) ? write : tcp_sndbuf(pcb);
      /* A part that ends within a segment would leave a short one behind: slower. */
      if (length < write) length -= length % tcp_mss(pcb);
      if (length == 0 || client.of.tcp_write(pcb, data, (u16_t)length, TCP_WRITE_FLAG_COPY) != ERR_OK) break;
      sent += length;
    }
    client.of.tcp_output(pcb);
    /* Nothing under way: only a timer can help, so that the clock leaps to it. */
    if (pump() == 0) now = due;
    if (now < due) continue;
    due = now + TIMER_US;
    client.of.tcp_tmr();
    server.of.tcp_tmr();
  }
  return (double)octets / (seconds() - started);
}

/* Connections. */

static struct tcp_pcb *accepted[AT_ONCE];
static unsigned accepted_count, ended_count;

static err_t end_of_file(void *argument, struct tcp_pcb *pcb, struct pbuf *p, err_t error) {
  (void)argument, (void)pcb;
  if (p != NULL) fail("data");
  ended_count++;
  return error;
}

static err_t accept_cycle(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument;
  server.of.tcp_err(pcb, broken);
  server.of.tcp_recv(pcb, end_of_file);
  accepted[accepted_count++] = pcb;
  return error;
}

/* So many connections at once, closed by the client first, until all is still. */
static void cycle(void) {
  struct tcp_pcb *open[AT_ONCE];
  connected_count = accepted_count = ended_count = 0;
  for (unsigned i = 0; i < AT_ONCE; i++) open[i] = connect_once();
  while (pump() > 0);
  if (connected_count != AT_ONCE || accepted_count != AT_ONCE) fail("not all connected");
  for (unsigned i = 0; i < AT_ONCE; i++)
    if (client.of.tcp_close(open[i]) != ERR_OK) fail("tcp_close");
  while (pump() > 0);
  if (ended_count != AT_ONCE) fail("not all heard the end");
  for (unsigned i = 0; i < AT_ONCE; i++)
    if (server.of.tcp_close(accepted[i]) != ERR_OK) fail("tcp_close");
  while (pump() > 0);
}

/* The clock moves on behind each hundred, so far that so many connections are in TIME-WAIT at any time. */
static double cycles(unsigned count, unsigned time_waits) {
  listen_at(accept_cycle);
  double started = seconds();
  uint64_t now_ms = 0;
  u32_t ticks = 0;
  for (unsigned done = 0; done < count; done += AT_ONCE) {
    cycle();
    now_ms += TIME_WAIT_MS * AT_ONCE / time_waits;
    u32_t passed = (u32_t)(now_ms / TCP_SLOW_INTERVAL) - ticks;
    if (passed == 0) continue;
    /* One call of the timer for all the ticks that passed while nothing else was to do. */
    ticks += passed;
    *client.ticks += passed - 1;
    *server.ticks += passed - 1;
    client.of.tcp_slowtmr();
    server.of.tcp_slowtmr();
  }
  return count / (seconds() - started);
}

int main(int count, char **words) {
  if (count != 6) fail("A.so B.so bulk OCTETS WRITE | A.so B.so cycles COUNT TIME_WAITS");
  for (unsigned i = 0; i < FRAMES; i++) free_frame((struct pbuf *)&frames[i]);
  load(&client, words[1], &server, &client_address);
  load(&server, words[2], &client, &server_address);
  uint64_t first = strtoull(words[4], NULL, 10);
  uint32_t second = (uint32_t)strtoul(words[5], NULL, 10);
  double rate = strcmp(words[3], "bulk") == 0 ? bulk(first, second) : cycles((unsigned)first, second);
  printf("%s %.0f\n", LWIP_VERSION_STRING, rate);
  return 0;
}
