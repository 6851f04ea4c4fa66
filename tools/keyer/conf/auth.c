// SPDX-License-Identifier: MIT
/* How each side proves itself: are the files there, safe, and do they fit? */
#include "tools/keyer/conf/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/keyer/crypto/pki.h"

enum {
	CERTS_BUCKETS = 256,
	CERTS_FILE_MAX = 32 * 1024 * 1024, /* bytes; CRLs are large */
};

/* --- files --- */

static int file_open(const char *what, const char *path, struct stat *st, char *err, size_t err_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, st) < 0)
		snprintf(err, err_len, "%s %s cannot be read: %s", what, path, strerror(errno));
	else if (!S_ISREG(st->st_mode))
		snprintf(err, err_len, "%s %s is no regular file", what, path);
	else if (!st->st_size)
		snprintf(err, err_len, "%s %s is empty", what, path);
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* What others must not be allowed to do with it. */
struct file_guard {
	const char *what;
	mode_t forbidden;
	const char *others, *chmod;
};

static int guarded_open(const struct file_guard *guard, const char *path, char *err, size_t err_len)
{
	struct stat st;
	int fd = file_open(guard->what, path, &st, err, err_len);

	if (fd < 0)
		return -1;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		snprintf(err, err_len, "%s %s is not root's: chown root %s", guard->what, path,
			 path);
	else if (st.st_mode & guard->forbidden)
		snprintf(err, err_len, "%s %s has mode %04o, so others may %s it: chmod %s %s",
			 guard->what, path, st.st_mode & 07777, guard->others, guard->chmod, path);
	else
		return fd;
	close(fd);
	return -1;
}

int conf_secret_open(const char *path, char *err, size_t err_len)
{
	static const struct file_guard guard = { "secret file", S_IRWXG | S_IRWXO, "use", "600" };

	return guarded_open(&guard, path, err, err_len);
}

/* Who may write a CA's file may be anybody's CA. */
int conf_file_open(const char *path, char *err, size_t err_len)
{
	static const struct file_guard guard = { "file", S_IWGRP | S_IWOTH, "write", "go-w" };

	return guarded_open(&guard, path, err, err_len);
}

bool conf_file_is_secret(const struct conf_file *file)
{
	return file->use == CONF_FILE_PSK || file->use == CONF_FILE_KEY ||
	       file->use == CONF_FILE_KEY2 || file->use == CONF_FILE_PPK ||
	       file->use == CONF_FILE_EAP_PASSWORD || file->use == CONF_FILE_EAP_USERS;
}

const struct conf_file *conf_file_find(const struct conf_tunnel *tunnel, enum conf_file_use use)
{
	uint32_t i;

	for (i = 0; i < tunnel->n_files; i++)
		if (tunnel->files[i].use == use)
			return &tunnel->files[i];
	return NULL;
}

enum conf_file_use conf_eap_use(const struct conf_tunnel *tunnel, bool key)
{
	bool second = tunnel->ike->local_auth2 == IKE_AUTH_EAP &&
		      conf_file_find(tunnel, CONF_FILE_KEY2);

	if (key)
		return second ? CONF_FILE_KEY2 : CONF_FILE_KEY;
	return second ? CONF_FILE_CERT2 : CONF_FILE_CERT;
}

static void stamp_take(struct conf_file *file, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return;
	file->stamp.dev = st.st_dev;
	file->stamp.ino = st.st_ino;
	file->stamp.mtime_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	file->stamp.ctime_ns = st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec;
}

/* --- certificates, each file read once for all tunnels --- */

struct cert_file {
	struct cert_file *next;
	const char *path;
	enum pki_kind kind;
	struct pki_bundle *bundle; /* NULL: see @err */
	char err[CONF_TEXT_MAX];
};

struct cert_files {
	struct cert_file *bucket[CERTS_BUCKETS];
};

static unsigned int path_bucket(const char *path)
{
	unsigned int hash = 5381;

	while (*path)
		hash = hash * 33 ^ (unsigned char)*path++;
	return hash % CERTS_BUCKETS;
}

static struct pki_bundle *cert_read(enum pki_kind kind, const char *path, int fd, char *err,
				    size_t err_len)
{
	struct pki_bundle *bundle = NULL;
	char why[256] = "it is too long";
	struct stat st;
	uint8_t *data;
	ssize_t got;

	if (fstat(fd, &st) || st.st_size > CERTS_FILE_MAX) {
		snprintf(err, err_len, "file %s: %s", path, why);
		return NULL;
	}
	data = malloc((size_t)st.st_size);
	got = data ? read(fd, data, (size_t)st.st_size) : -1;
	if (got > 0)
		bundle = pki_bundle_read(kind, data, (size_t)got, why, sizeof(why));
	free(data);
	if (!bundle)
		snprintf(err, err_len, "file %s: %s", path, why);
	return bundle;
}

/* Return: what the file holds, or NULL with an error told. */
static struct pki_bundle *cert_file(struct conf *conf, struct conf_file *file, enum pki_kind kind)
{
	struct cert_files *files = conf->certs;
	struct cert_file **head, *f;
	int fd;

	if (!files) {
		files = conf->certs = calloc(1, sizeof(*files));
		if (!files)
			abort();
	}
	head = &files->bucket[path_bucket(file->path)];
	for (f = *head; f && (f->kind != kind || strcmp(f->path, file->path) != 0); f = f->next)
		;
	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			abort();
		f->path = file->path;
		f->kind = kind;
		f->next = *head;
		*head = f;
	}
	fd = conf_file_open(file->path, f->err, sizeof(f->err));
	if (fd >= 0) {
		stamp_take(file, fd);
		if (!f->bundle)
			f->bundle = cert_read(kind, file->path, fd, f->err, sizeof(f->err));
		close(fd);
	}
	if (!f->bundle || fd < 0)
		conf_error(conf, file->pos, "%s", f->err);
	return fd < 0 ? NULL : f->bundle;
}

void conf_certs_free(struct conf *conf)
{
	struct cert_files *files = conf->certs;
	struct cert_file *f;
	unsigned int i;

	for (i = 0; files && i < CERTS_BUCKETS; i++) {
		while ((f = files->bucket[i])) {
			files->bucket[i] = f->next;
			pki_bundle_put(f->bundle);
			free(f);
		}
	}
	free(files);
	conf->certs = NULL;
}

/* --- what each side proves itself with --- */

static void date_print(int64_t seconds, char *buf, size_t len)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, len, "%Y-%m-%d", &tm))
		snprintf(buf, len, "an unknown date");
}

static void expiry_check(struct conf *conf, const struct conf_file *file, const char *what,
			 const struct pki_info *info)
{
	int64_t now = (int64_t)time(NULL);
	char date[32];

	date_print(info->not_after, date, sizeof(date));
	if (info->not_after < now)
		conf_warn(conf, file->pos, "%s \"%s\" expired on %s", what, info->subject, date);
	else if (info->not_after < now + INT64_C(86400) * CONF_CERT_WARN_DAYS)
		conf_warn(conf, file->pos, "%s \"%s\" expires on %s", what, info->subject, date);
	date_print(info->not_before, date, sizeof(date));
	if (info->not_before > now)
		conf_warn(conf, file->pos, "%s \"%s\" is valid only from %s on", what,
			  info->subject, date);
}

struct ike_id *conf_id2(struct conf *conf, struct conf_tunnel *tunnel, bool remote)
{
	struct ike_id *ids = conf_alloc(conf, 2 * sizeof(*ids));

	if (tunnel->ike->n_ids2)
		memcpy(ids, tunnel->ike->ids2, 2 * sizeof(*ids));
	tunnel->ike->n_ids2 = 2;
	tunnel->ike->ids2 = ids;
	return &ids[remote];
}

/* Without a local-id of its own the tunnel is called as its certificate. */
static void cert_id(struct conf *conf, struct conf_tunnel *tunnel, bool second,
		    const struct pki_bundle *b, const struct pki_info *info)
{
	struct ike_id *id = second ? conf_id2(conf, tunnel, false) : &tunnel->ike->local_id;
	const char *key = second ? "local-id2" : "local-id";

	/* in the second round we are called as in the first, unless told otherwise */
	if (second && id->type == IKE_ID_ANY && tunnel->ike->local_id.type != IKE_ID_ANY &&
	    pki_bundle_has_id(b, 0, tunnel->ike->local_id.type, tunnel->ike->local_id.data,
			      tunnel->ike->local_id.len))
		return;
	if (id->type == IKE_ID_ANY && info->dn_len) {
		id->type = IKE_ID_DN;
		id->len = (uint16_t)info->dn_len;
		memcpy(id->data, info->dn, info->dn_len);
		conf_key_default(tunnel, key,
				 conf_strdup(conf, info->subject, strlen(info->subject)));
	} else if (id->type != IKE_ID_ANY &&
		   !pki_bundle_has_id(b, 0, id->type, id->data, id->len)) {
		conf_warn(conf, conf_key_pos(tunnel, key),
			  "%s is neither the subject nor a subjectAltName of our certificate "
			  "\"%s\": peers will refuse it",
			  key, info->subject);
	}
}

static void cert_keep(struct conf *conf, const struct conf_cert **to, const struct pki_info *info)
{
	struct conf_cert *cert = conf_alloc(conf, sizeof(*cert));

	cert->subject = conf_strdup(conf, info->subject, strlen(info->subject));
	cert->expires = info->not_after;
	memcpy(cert->key_id, info->key_id, sizeof(cert->key_id));
	*to = cert;
}

/* Of our first or second round, which has files of its own, or those of the first. */
static void own_cert_check(struct conf *conf, struct conf_tunnel *tunnel, bool second)
{
	bool own = second && conf_file_find(tunnel, CONF_FILE_KEY2);
	const struct conf_file *key = conf_file_find(tunnel, own ? CONF_FILE_KEY2 : CONF_FILE_KEY);
	struct conf_file *file = (struct conf_file *)(uintptr_t)conf_file_find(
		tunnel, own ? CONF_FILE_CERT2 : CONF_FILE_CERT);
	const struct pki_bundle *bundle;
	struct pki_info info;

	if (!key)
		conf_error(conf, tunnel->pos,
			   "tunnel '%s' has no 'key-file', which local-auth = pubkey needs",
			   tunnel->name);
	bundle = file ? cert_file(conf, file, PKI_CERTS) : NULL;
	if (!bundle)
		return;
	if (pki_bundle_info(bundle, 0, &info)) {
		conf_error(conf, file->pos,
			   "file %s: the key of its certificate is of no known kind", file->path);
		return;
	}
	expiry_check(conf, file, "our certificate", &info);
	cert_keep(conf, own ? &tunnel->cert2 : &tunnel->cert, &info);
	cert_id(conf, tunnel, second, bundle, &info);
}

static void authority_check(struct conf *conf, const struct conf_file *file,
			    const struct pki_bundle *bundle)
{
	struct pki_info info;
	unsigned int i;

	for (i = 0; i < pki_bundle_count(bundle); i++) {
		if (pki_bundle_info(bundle, i, &info))
			continue;
		if (!info.ca)
			conf_warn(conf, file->pos,
				  "\"%s\" is no CA's certificate: a peer's own one is given by "
				  "remote-cert",
				  info.subject);
		expiry_check(conf, file, "CA", &info);
	}
}

static void remote_certs_check(struct conf *conf, struct conf_tunnel *tunnel)
{
	const struct pki_bundle *bundle;
	struct pki_info info;
	struct conf_file *file;
	bool any = false;
	uint32_t i;

	for (i = 0; i < tunnel->n_files; i++) {
		file = &tunnel->files[i];
		if (file->use == CONF_FILE_CA) {
			bundle = cert_file(conf, file, PKI_CERTS);
			if (bundle)
				authority_check(conf, file, bundle);
		} else if (file->use == CONF_FILE_REMOTE_CERT) {
			bundle = cert_file(conf, file, PKI_CERTS);
			if (bundle && !pki_bundle_info(bundle, 0, &info))
				expiry_check(conf, file, "the peer's certificate", &info);
		} else if (file->use == CONF_FILE_REMOTE_PUBKEY) {
			cert_file(conf, file, PKI_PUBKEY);
		} else {
			continue;
		}
		any = true;
	}
	if (!any)
		conf_error(conf, tunnel->pos,
			   "tunnel '%s' believes no key: remote-auth = pubkey needs 'ca', "
			   "'remote-cert' or 'remote-pubkey'",
			   tunnel->name);
}

static void secrets_check(struct conf *conf, struct conf_tunnel *tunnel)
{
	char err[CONF_TEXT_MAX];
	struct conf_file *file;
	uint32_t i;
	int fd;

	for (i = 0; i < tunnel->n_files; i++) {
		file = &tunnel->files[i];
		if (!conf_file_is_secret(file))
			continue;
		fd = conf_secret_open(file->path, err, sizeof(err));
		if (fd < 0) {
			conf_error(conf, file->pos, "%s", err);
			continue;
		}
		/* The content is the keyholder's: all that is remembered is when it changed. */
		stamp_take(file, fd);
		close(fd);
	}
}

static bool eap_has(const uint8_t *methods, uint8_t n, uint8_t method)
{
	return memchr(methods, method, n) != NULL;
}

/* As a client: who we are, and what proves it. */
static void eap_client_check(struct conf *conf, struct conf_tunnel *tunnel)
{
	bool tls = eap_has(tunnel->eap_local, tunnel->n_eap_local, EAP_TLS);
	const struct ike_conn_conf *ike = tunnel->ike;
	bool second = ike->local_auth2 == IKE_AUTH_EAP && ike_id2(ike, false)->type != IKE_ID_ANY;
	const struct ike_id *name = second ? ike_id2(ike, false) : &ike->local_id;
	char id[IKE_ID_MAX + 16];

	if (!tunnel->eap_id && name->type != IKE_ID_ANY) {
		ike_id_print(name, id, sizeof(id));
		tunnel->eap_id = conf_strdup(conf, id, strlen(id));
		conf_key_default(tunnel, "eap-id", tunnel->eap_id);
	}
	if (!tunnel->eap_id)
		conf_error(conf, tunnel->pos, "EAP needs a name: set 'eap-id', or 'local-id'");
	else if (strlen(tunnel->eap_id) >= EAP_NAME_MAX)
		conf_error(conf, conf_key_pos(tunnel, "eap-id"), "eap-id has at most %d bytes",
			   EAP_NAME_MAX - 1);
	if (!conf_file_find(tunnel, CONF_FILE_EAP_PASSWORD) &&
	    (!tls || tunnel->n_eap_local > 2 || !conf_file_find(tunnel, CONF_FILE_KEY)))
		conf_error(conf, tunnel->pos,
			   "tunnel '%s' has no 'eap-password-file', which local-auth needs",
			   tunnel->name);
	if (tls && tunnel->n_eap_local == 1 &&
	    (!ike_local_does(ike, IKE_AUTH_SIGNATURE) ||
	     conf_eap_use(tunnel, true) == CONF_FILE_KEY2))
		own_cert_check(conf, tunnel, ike->local_auth2 == IKE_AUTH_EAP);
}

/* As a server: users, and for EAP-TLS whose certificates they have. */
static void eap_server_check(struct conf *conf, struct conf_tunnel *tunnel)
{
	bool tls = eap_has(tunnel->eap_remote, tunnel->n_eap_remote, EAP_TLS);

	if ((!tls || tunnel->n_eap_remote > 1) && !conf_file_find(tunnel, CONF_FILE_EAP_USERS))
		conf_error(conf, tunnel->pos,
			   "tunnel '%s' has no 'eap-users', which remote-auth needs", tunnel->name);
	if (!tls)
		return;
	if (!ike_local_does(tunnel->ike, IKE_AUTH_SIGNATURE))
		own_cert_check(conf, tunnel, false);
	if (!ike_remote_does(tunnel->ike, IKE_AUTH_SIGNATURE))
		remote_certs_check(conf, tunnel);
}

static void second_check(struct conf *conf, const struct conf_tunnel *tunnel, const char *side,
			 uint8_t first, uint8_t second)
{
	char key[32];

	snprintf(key, sizeof(key), "%s-auth2", side);
	/* One key, one secret, one list of users: proved once is as good as twice. */
	if (second && first == second)
		conf_error(conf, conf_key_pos(tunnel, key),
			   "%s is of the same kind as %s-auth: a second round must prove something "
			   "else (pubkey, psk and eap are kinds%s)",
			   key, side,
			   first != IKE_AUTH_SIGNATURE ? "" :
			   *side == 'l' ? "; two certificates need key-file2 and cert2" :
					  "; two certificates need remote-id and remote-id2");
	snprintf(key, sizeof(key), "%s-id2", side);
	if (!second && tunnel->text[conf_key_index(key)])
		conf_error(conf, conf_key_pos(tunnel, key), "%s has no meaning without %s-auth2",
			   key, side);
}

/* Of a machine and its user: two certificates, told apart by their names. */
static bool certificates_differ(const struct ike_conn_conf *ike)
{
	const struct ike_id *second = ike_id2(ike, true);

	return ike->remote_auth == IKE_AUTH_SIGNATURE && ike->remote_auth2 == IKE_AUTH_SIGNATURE &&
	       ike->remote_id.type != IKE_ID_ANY && second->type != IKE_ID_ANY &&
	       (ike->remote_id.type != second->type || ike->remote_id.len != second->len ||
		memcmp(ike->remote_id.data, second->data, second->len) != 0);
}

/* RFC 4739. */
static void rounds_conf_check(struct conf *conf, const struct conf_tunnel *tunnel)
{
	const struct conf_file *key2 = conf_file_find(tunnel, CONF_FILE_KEY2);
	const struct conf_file *cert2 = conf_file_find(tunnel, CONF_FILE_CERT2);
	const struct ike_conn_conf *ike = tunnel->ike;

	if (!key2 || ike->local_auth != IKE_AUTH_SIGNATURE ||
	    ike->local_auth2 != IKE_AUTH_SIGNATURE)
		second_check(conf, tunnel, "local", ike->local_auth, ike->local_auth2);
	if (key2 && !ike->local_auth2)
		conf_error(conf, key2->pos, "key-file2 has no meaning without local-auth2");
	if (cert2 && !key2)
		conf_error(conf, cert2->pos, "cert2 needs a 'key-file2'");
	if (!certificates_differ(ike))
		second_check(conf, tunnel, "remote", ike->remote_auth, ike->remote_auth2);
	if (!ike->local_auth2 && !ike->remote_auth2)
		return;
	if (ike_local_does(ike, IKE_AUTH_EAP) && ike_remote_does(ike, IKE_AUTH_EAP))
		conf_error(
			conf,
			conf_key_pos(tunnel, ike->local_auth2 ? "local-auth2" : "remote-auth2"),
			"EAP on both sides, which is EAP alone (RFC 5998), goes without a second "
			"round: how the two go together is in neither RFC");
}

void conf_check_auth(struct conf *conf, struct conf_tunnel *tunnel)
{
	const struct ike_conn_conf *ike = tunnel->ike;
	struct conf_file *file;
	uint32_t i;

	rounds_conf_check(conf, tunnel);
	if ((ike_local_does(ike, IKE_AUTH_PSK) || ike_remote_does(ike, IKE_AUTH_PSK)) &&
	    !conf_file_find(tunnel, CONF_FILE_PSK))
		conf_error(conf, tunnel->pos,
			   "tunnel '%s' has no 'psk-file', which auth = psk needs", tunnel->name);
	if (!conf_file_find(tunnel, CONF_FILE_PPK) != !ike->ppk_id_len)
		conf_error(conf, tunnel->pos, "tunnel '%s' needs both 'ppk-id' and 'ppk-file'",
			   tunnel->name);
	if (ike->ppk_required && !ike->ppk_id_len)
		conf_error(conf, tunnel->pos, "tunnel '%s' requires a ppk and has none",
			   tunnel->name);
	secrets_check(conf, tunnel);
	if (ike_local_does(ike, IKE_AUTH_EAP))
		eap_client_check(conf, tunnel);
	else if (ike_remote_does(ike, IKE_AUTH_EAP))
		eap_server_check(conf, tunnel);
	if (ike->local_auth == IKE_AUTH_SIGNATURE)
		own_cert_check(conf, tunnel, false);
	if (ike->local_auth2 == IKE_AUTH_SIGNATURE)
		own_cert_check(conf, tunnel, true);
	if (ike_remote_does(ike, IKE_AUTH_SIGNATURE))
		remote_certs_check(conf, tunnel);
	for (i = 0; i < tunnel->n_files; i++) {
		file = &tunnel->files[i];
		if (file->use == CONF_FILE_CRL)
			cert_file(conf, file, PKI_CRLS);
	}
}
