/* CRC-32 of IEEE 802.3, as in zlib, PNG and Ethernet: polynomial 0xEDB88320, bits reflected. */
#ifndef TQ_CRC32_H
#define TQ_CRC32_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `crc` is 0 for the first bytes, and what came back for those before. 16 words of flash, no RAM. */
uint32_t tq_crc32(uint32_t crc, const void *data, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
