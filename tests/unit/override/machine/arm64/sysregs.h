/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers are a workstation's own. */
#ifndef MACHINE_ARM64_SYSREGS_H
#define MACHINE_ARM64_SYSREGS_H

#define barrier_dsb(domain) __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif
