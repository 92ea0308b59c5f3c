/*
 * vm_init: the first and only program of the measured machine's initrd.
 *
 * Loads the modules of virtio, tells the test outside what firmware and TPM
 * say, and starts launcher and broker.  It has no shell and takes no orders:
 * the only thing it hears from outside is an octet, at which it switches the
 * machine off.
 *
 * The kernel's command line, which is measured, says what this boot is for:
 * golden: tell, and no more.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define US      "10.0.2.15"
#define OUTSIDE "10.0.2.100"
#define PORT    1
#define LOG     "/sys/kernel/security/tpm0/binary_bios_measurements"
#define PCR     "/sys/class/tpm/tpm0/pcr-sha256/%d"
#define DISK    "/dev/vda"
#define BROKER  61103
#define LOG_MAX (256u << 10)

static _Noreturn void
off(const char *why)
{
	if (why != NULL)
		(void)printf("vm_init: %s: %s\n", why, strerror(errno));
	(void)fflush(stdout);
	sync();
	(void)umount("/disk");
	(void)reboot(RB_POWER_OFF);
	for (;;)
		(void)pause();
}

static void
must(bool ok, const char *what)
{
	if (!ok)
		off(what);
}

/* ---- the machine --------------------------------------------------------- */

/* Nobody can leave the root that an initrd is unpacked into, and the agent
 * has to leave it: so make it one that is mounted. */
static void
root(void)
{
	(void)mkdir("/root", 0755);
	must(mount("/", "/root", NULL, MS_BIND, NULL) == 0 &&
		 chdir("/root") == 0 &&
		 mount(".", "/", NULL, MS_MOVE, NULL) == 0 &&
		 chroot(".") == 0 && chdir("/") == 0,
	    "root");
}

static void
mounts(void)
{
	static const char *const all[][2] = {{"proc", "/proc"},
	    {"sysfs", "/sys"}, {"devtmpfs", "/dev"},
	    {"securityfs", "/sys/kernel/security"}, {"tmpfs", "/run"},
	    {"tmpfs", "/tmp"}};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		(void)mkdir(all[i][1], 0755);
		must(mount(all[i][0], all[i][1], all[i][0], 0, NULL) == 0,
		    all[i][1]);
	}
}

/* In the order of the list, which knows what needs what. */
static void
modules(void)
{
	FILE *f = fopen("/modules/list", "r");
	char name[64], path[96];

	must(f != NULL, "modules");
	while (fscanf(f, "%63s", name) == 1) {
		int fd;

		(void)snprintf(path, sizeof(path), "/modules/%s", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		must(
		    fd >= 0 && syscall(SYS_finit_module, fd, "", 0) == 0, name);
		(void)close(fd);
	}
	(void)fclose(f);
}

static struct sockaddr_in
address(const char *text, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	(void)inet_pton(AF_INET, text, &a.sin_addr);
	return a;
}

static void
up(int s, const char *name, const char *text)
{
	struct sockaddr_in a = address(text, 0);
	struct ifreq r = {.ifr_flags = 0};

	(void)snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	memcpy(&r.ifr_addr, &a, sizeof(a));
	must(ioctl(s, SIOCSIFADDR, &r) == 0, name);
	a = address(strcmp(name, "lo") == 0 ? "255.0.0.0" : "255.255.255.0", 0);
	memcpy(&r.ifr_netmask, &a, sizeof(a));
	must(ioctl(s, SIOCSIFNETMASK, &r) == 0, name);
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	must(ioctl(s, SIOCSIFFLAGS, &r) == 0, name);
}

static void
network(void)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(s >= 0, "network");
	up(s, "lo", "127.0.0.1");
	up(s, "eth0", US);
	(void)close(s);
}

/* ---- what is told -------------------------------------------------------- */

static void
tell(int s, const char *name, const char *path)
{
	static uint8_t room[LOG_MAX];
	size_t n = 0;
	ssize_t got = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	must(fd >= 0, path);
	while (n < sizeof(room) &&
	       (got = read(fd, room + n, sizeof(room) - n)) > 0)
		n += (size_t)got;
	must(got == 0, path);
	(void)close(fd);
	(void)dprintf(s, "%s %zu\n", name, n);
	for (size_t at = 0; at < n; at += (size_t)got) {
		got = write(s, room + at, n - at);
		must(got > 0, "telling");
	}
}

static int
outside(void)
{
	struct sockaddr_in a = address(OUTSIDE, PORT);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(s >= 0 && connect(s, (struct sockaddr *)&a, sizeof(a)) == 0,
	    OUTSIDE);
	tell(s, "log", LOG);
	for (int i = 0; i < 16; i++) {
		char name[8], path[64];

		(void)snprintf(name, sizeof(name), "pcr-%d", i);
		(void)snprintf(path, sizeof(path), PCR, i);
		tell(s, name, path);
	}
	return s;
}

/* ---- what runs ----------------------------------------------------------- */

static void
start(const char *const argv[], uid_t uid)
{
	pid_t pid = fork();

	must(pid >= 0, argv[0]);
	if (pid > 0)
		return;
	if (uid != 0 && (setgid(uid) != 0 || setuid(uid) != 0))
		_exit(1);
	(void)execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(1);
}

static void
device(void)
{
	static const char *const launcher[] = {"/bin/teep-agentd", "run",
	    "--state", "/disk/state", "--socket", "/run/agent.sock", "--agent",
	    "/bin/teep-agent", "--attester", "tpm", NULL};
	static const char *const broker[] = {
	    "/bin/teep-broker", "-c", "/etc/broker.ini", "daemon", NULL};

	(void)mkdir("/disk", 0755);
	must(mount(DISK, "/disk", "ext4", 0, NULL) == 0, DISK);
	must(mkdir("/run/broker", 0700) == 0 &&
		 chown("/run/broker", BROKER, BROKER) == 0,
	    "/run/broker");
	start(launcher, 0);
	while (access("/run/agent.sock", F_OK) != 0)
		(void)usleep(100000);
	start(broker, BROKER);
}

/* Whatever ends has failed. */
static void
ended(int unused)
{
	(void)unused;
	(void)reboot(RB_POWER_OFF);
}

static bool
asked_for(const char *word)
{
	char line[2048];
	FILE *f = fopen("/proc/cmdline", "r");
	bool is = f != NULL && fgets(line, sizeof(line), f) != NULL &&
		  strstr(line, word) != NULL;

	if (f != NULL)
		(void)fclose(f);
	return is;
}

int
main(void)
{
	char octet;
	int s;

	(void)signal(SIGCHLD, ended);
	root();
	mounts();
	modules();
	network();
	s = outside();
	if (!asked_for("golden"))
		device();
	(void)read(s, &octet, 1);
	off(NULL);
}
