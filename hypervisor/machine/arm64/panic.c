/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a panic. The first pCPU that panics prints it; that pCPU, and any that follows, stops. */
#include "base/assert.h"
#include "base/atomic.h"
#include "base/format.h"
#include "machine/api/uart.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/sysregs.h"

enum kind { SYNCHRONOUS, IRQ, FIQ, SERROR };

/* The state when an exception came at EL2; vectors.S writes it. */
struct broken_state {
	uint64_t x[31], sp;
} broken_state;
uint32_t panic_taken;
_Static_assert(SYNCHRONOUS == 0 && IRQ == 1 && FIQ == 2 && SERROR == 3, "in the order of the vectors");
_Static_assert(offsetof(struct broken_state, x) == 0 && offsetof(struct broken_state, sp) == 248 &&
				   sizeof(panic_taken) == 4,
			   "vectors.S writes them");

/* Debian's libfdt.a is built with the stack protector; it runs before guests do. */
extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard = (uintptr_t)0x5369676e616c626f;
_Noreturn void __stack_chk_fail(void);
_Noreturn void panic_broken(const struct broken_state *state, enum kind kind);

static void say(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			uart_put_polling('\r');
		uart_put_polling(*text);
	}
}

static void say_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say_format(const char *format, ...)
{
	char line[240];
	va_list args;

	va_start(args, format);
	(void)format_text_va(line, sizeof(line), format, args);
	va_end(args);
	say(line);
}

static void say_hint(void)
{
	say("\nThis is a fault of Signalbox or of the machine, not of a guest. This pCPU has stopped; guests on "
		"others run on.\n");
}

void panic(const char *format, ...)
{
	char line[240];
	va_list args;

	if (atomic_swap(&panic_taken, 1))
		halt();
	va_start(args, format);
	(void)format_text_va(line, sizeof(line), format, args);
	va_end(args);
	say_format("\nPANIC: pCPU %u: ", pcpu_this());
	say(line);
	say_format("\n  called from %p, SP %p", __builtin_return_address(0), __builtin_frame_address(0));
	say_hint();
	halt();
}

void __stack_chk_fail(void)
{
	panic("a buffer on the stack overflowed, found in %p", __builtin_return_address(0));
}

static const char *cause(enum kind kind, uint64_t esr, uint64_t far)
{
	static const char *const other[] = {[IRQ] = "IRQ", [FIQ] = "FIQ", [SERROR] = "SError"};
	unsigned class = (unsigned)FIELD_GET(ESR_EC, esr);
	bool is_translation = (FIELD_GET(ESR_DFSC, esr) & ~UINT64_C(3)) == 4;

	if (kind != SYNCHRONOUS)
		return other[kind];
	if (class == 0x25 && is_translation && mmu_is_guard(far))
		return "stack overflow";
	switch (class) {
	case 0x0e:
		return "illegal execution state";
	case 0x21:
		return "instruction abort";
	case 0x25:
		return "data abort";
	case 0x26:
		return "SP not aligned";
	default:
		return "exception";
	}
}

/* Called on the emergency stack. */
void panic_broken(const struct broken_state *state, enum kind kind)
{
	uint64_t esr = sysreg_read(ESR_EL2), far = sysreg_read(FAR_EL2);

	say_format("\nPANIC: pCPU %u: %s at EL2\n", pcpu_this(), cause(kind, esr, far));
	say_format("  ESR %016lx  ELR %016lx  FAR %016lx  SP %016lx\n", esr, sysreg_read(ELR_EL2), far,
			   state->sp);
	for (unsigned i = 0; i < ARRAY_COUNT(state->x); i++)
		say_format("%s%s%u %016lx", i % 4 ? "  " : i ? "\n  " : "  ", i < 10 ? " x" : "x", i, state->x[i]);
	say_hint();
	halt();
}
