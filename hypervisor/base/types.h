/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three kinds of address, as types that do not mix: a physical address of the machine, an
 * intermediate physical address (what a guest believes to be physical) and a virtual address of the
 * hypervisor itself. Arithmetic goes through `.v`, in plain sight.
 */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	uint64_t v;
} pa_t;
typedef struct {
	uint64_t v;
} ipa_t;
typedef struct {
	uint64_t v;
} va_t;

#define PAGE_SHIFT 12
#define PAGE_SIZE (UINT64_C(1) << PAGE_SHIFT)
#define BLOCK_SIZE (UINT64_C(1) << 21) /* what one level-2 descriptor maps with 4 KiB pages */

/* Limits of the build. A machine or a system description beyond them gets a clear error. */
#define PCPU_MAX 64
#define VM_MAX 16
#define VCPU_PER_VM_MAX 16 /* the values of Aff0 that ICC_SGI1R_EL1 can name with RS = 0 */
#define VCPU_MAX 64

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_USE __attribute__((warn_unused_result))
#define UNUSED __attribute__((unused))

#endif
