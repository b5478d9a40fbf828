/* Caches and memory protection; without them every access to memory would have to be aligned. */
#ifndef TQ_MEMORY_MAP_ARM64_H
#define TQ_MEMORY_MAP_ARM64_H

void memory_map_arm64(void);

#endif
