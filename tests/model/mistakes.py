#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mistakes to plant, one at a time: each must be caught by a unit test or by exploration (mutate.py).

As a program it checks that each can be planted still: mistakes.py [ROOT]
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/lint"))
sys.dont_write_bytecode = True
import source  # noqa: E402

# Where, by the name of a function; what is replaced there, blanks aside; and by what.
MISTAKES = [
    # The known ones of other projects.
    ("write_disable", "op->effects->deactivate = give_back(op, bank, change);",
     "op->effects->deactivate = change & bank->linked;"),  # disabled while active: deactivated
    ("write_disable", "op->effects->deactivate = give_back(op, bank, change);", "give_back(op, bank, change);"),
    ("vgic_refill", "list_active_ones(gic, cpu, lrs, 1);", "list_active_ones(gic, cpu, lrs, free_ones(lrs));"),
    ("end_best", "vintid = vgic_best_active(gic, cpu, acknowledged);",
     "vintid = VGIC_NONE;\n\n\tfor (unsigned l = 0; l < VGIC_LEVELS; l++)\n"
     "\t\tif (cpu->active.levels >> l & 1)\n"
     "\t\t\tvintid = 32 * bits_lowest(cpu->active.banks[l]) + "
     "bits_lowest(cpu->active.bits[l][bits_lowest(cpu->active.banks[l])]);"),
    ("vgic_fold", "i < eoi_count;", "i < 0 * eoi_count;"),
    ("hcr_for", "hcr |= ICH_HCR_TDIR | ICH_HCR_LRENPIE;", "hcr |= ICH_HCR_TDIR;"),
    ("hcr_for", "hcr |= ICH_HCR_TDIR | ICH_HCR_LRENPIE;", "hcr |= ICH_HCR_LRENPIE;"),
    ("read_pending", "taken = bank->taken & (bank->edge | bank->latched);", "taken = bank->taken;"),
    ("read_pending", "taken = bank->taken & (bank->edge | bank->latched);", "taken = bank->taken & bank->edge;"),
    ("list", "if (!((bank->edge | bank->latched) & bit))", "if (!(bank->latched & bit))"),
    ("list", "if (!((bank->edge | bank->latched) & bit))", "if (!(bank->edge & bit))"),
    ("sample_lines", "\t\tif (gic_is_pending(link_pcpu(&link), link.intid))\n\t\t\tcontinue;\n", ""),
    ("sample_lines", "\t\tgic_clear_active(link_pcpu(&link), link.intid); /* and", "\t\t/* and"),
    ("hcr_for", "gic->vcpu_count > 1 ? ICH_HCR_TDIR : 0", "0 * gic->vcpu_count"),
    ("deactivate", "\t\tmmio_deactivate(vcpu, vintid);\n", "\t\t(void)0;\n"),
    ("deactivate", "!deactivate_listed(vintid)", "(deactivate_listed(vintid), 1)"),
    ("deactivate_listed", "\t\tif (value & LR_HW)\n\t\t\tgic_deactivate", "\t\tif (0)\n\t\t\tgic_deactivate"),
    ("hcr_for", "\t\thcr |= ICH_HCR_NPIE;\n", ""),
    ("vgic_lr_image", "image |= LR_EOI; /* the line", "image |= 0; /* the line"),
    ("fold_one", "bank->pending |= bit & (bank->edge | bank->latched);", "bank->pending |= bit & bank->edge;"),
    ("fold_one", "bank->pending |= bit & (bank->edge | bank->latched);", "bank->pending |= bit;"),
    ("fold_one", "\t\tbank->taken |= bit;\n", "\t\t(void)0;\n"),
    ("blocked", "return bank->active | (bank->stray & ~bank->linked);", "return bank->active;"),
    ("blocked", "return bank->active | (bank->stray & ~bank->linked);", "return bank->stray & ~bank->linked;"),
    ("list_active", "return image | LR_EOI; /* its new", "return image; /* its new"),
    ("vgic_fold", "hand_over(gic, cpu, b, listed, &folded->attend);", "(void)0;"),
    ("end_one", "hand_over(gic, cpu, vintid / 32, bit, &folded->attend);", "(void)0;"),
    ("vgic_attend", "hand_over(gic, cpu, b, news, elsewhere);", "(void)elsewhere;"),
    ("vgic_fold", "bank->stray &= ~(listed & ~bank->linked & ~bank->active);", "(void)0;"),
    ("vgic_refill", "withhold_pending(gic, cpu, lrs);\n\tcpu", "(void)withhold_pending;\n\tcpu"),
    ("hcr_for", "hcr |= vmcr & ICH_VMCR_VENG0 ? 0 : ICH_HCR_VGRP0EIE;", "(void)vmcr;"),
    ("hcr_for", "hcr |= ICH_HCR_VGRP0DIE | ICH_HCR_VGRP1DIE;", "hcr |= ICH_HCR_VGRP0DIE;"),
    ("take_best", "if (group0 & group1)", "if (group0 | group1)"),
    ("end_one", "folded->deactivate[folded->deactivate_count++] = bank->intid[vintid % 32];",
     "folded->deactivate[0] = bank->intid[vintid % 32];"),
    ("vgic_place", "if (cpu->active.levels || (cpu->pending.levels && !free_ones(lrs)))",
     "if (cpu->pending.levels && !free_ones(lrs))"),
    ("vgic_place", "if (cpu->active.levels || (cpu->pending.levels && !free_ones(lrs)))", "if (cpu->active.levels)"),
    ("vgic_fill", "\tlist_waiting(gic, cpu, vmcr, lrs);\n\tcpu->hcr = hcr_for(gic, cpu, vmcr);",
     "\tlist_waiting(gic, cpu, vmcr, lrs);"),
    ("vgic_fits", "return !left && all_listed(cpu);", "return all_listed(cpu);"),
    ("only_active_ones", "(LR_PENDING | LR_ACTIVE)) != LR_ACTIVE", "(LR_PENDING | LR_ACTIVE)) == LR_PENDING"),
    ("lists_place", "(vcpu->refold || !vgic_fits", "(!vgic_fits"),
    ("acknowledged", "return ~bank->forced;", "return UINT32_MAX | bank->forced;"),
    # Another VM ends what is active here.
    ("listable", "return ~(bank->linked & (bank->stray | bank->taken));", "return ~(bank->linked & bank->taken);"),
    ("listable", "return ~(bank->linked & (bank->stray | bank->taken));", "return ~(bank->linked & bank->stray);"),
    ("end_one", "\t\tfolded->relink_banks |= 1u << vintid / 32;\n", "\t\t(void)0;\n"),
    ("end_one", "\tbank->stray &= ~bit;\n", ""),
    ("vgic_op_end_active", "\tbank->stray &= ~mask;\n", ""),
    ("vgic_op_end_active", "\top->effects->relink |= mask & bank->stray & bank->linked;\n", ""),
    ("write_deactivate", "\tvgic_op_collect(op, b, value);", "\t"),
    ("is_forwarded", "is_in(bank->enabled & ~bank->stray, link)", "is_in(bank->enabled, link)"),
    ("lists_place", " && mute_is_late(vcpu))", " && 0 && mute_is_late(vcpu))"),
    ("list_active", " || bank->forced & bit)", ")"),
    ("vgic_fold", "banks = cpu->listed_banks | cpu->forced_banks, vintid;", "banks = cpu->listed_banks, vintid;"),
    ("write_activate", "\tbank->used |= value; /* first", "\t/* first"),
    ("take_news", "\tgic_short_synchronise();\n", ""),
    ("pend_linked", "op->effects->pend = linked & ~bank->taken;", "op->effects->pend = linked;"),
    ("vgic_eligible", "return bank->enabled & groups;", "return bank->enabled;"),
    ("vgic_eligible", "return bank->enabled & groups;", "return groups;"),
    ("waiting", "return bank->pending | bank->taken | (bank->line & ~bank->edge);",
     "return bank->pending | bank->taken | bank->line;"),
    ("list", "\t\tbank->taken &= ~bit;\n", ""),
    ("write_unpend", "\tvgic_op_collect(op, b, value);\n\tbank->pending", "\tbank->pending"),
    ("collect_from", "atomic_or(&cpu->review[b], raised);", "(void)0;"),
    ("give_back", "op->effects->pend = back & (bank->edge | bank->latched);", "op->effects->pend = 0;"),
    ("give_back", "op->effects->pend = back & (bank->edge | bank->latched);",
     "op->effects->pend = back & bank->edge;"),
    ("vgic_op_end_active", "\top->effects->deactivate |= mask & bank->linked & ~bank->taken;\n", ""),
    ("write_unpend", "\top->effects->deactivate = value & bank->taken;\n", ""),
    ("write_unpend", "\top->effects->unpend = value & bank->linked;\n", ""),
    ("write_unpend", "if (value & bank->line & ~bank->edge)", "if (0)"),
    ("write_enable", "if (change & (bank->pending | bank->line | bank->taken))", "if (change & bank->pending)"),
    ("vgic_op_require_held", "if (!mask)", "(void)mask;\n\tif (1)"),
    ("write_enable", "\tbank->used |= change;\n\top->effects->enable", "\top->effects->enable"),
    ("write_activate", "op->effects->activate = change & bank->linked;", "(void)0;"),
    ("write_route", "\tvgic_op_collect(op, b, bit);\n", ""),
    ("write_route", "bank->stray |= bank->active & bit;", "(void)0;"),
    ("write_route", "if (to == gic->vcpu_count || !vgic_queue_has(&gic->cpu[to]->active, vintid))\n", ""),
    ("write_route", "op->effects->reroute = bit & bank->linked;", "(void)0;"),
    ("write_route", "gic->cpu[from]->mine[b] &= ~bit;", "(void)0;"),
    ("write_ctlr", "op->effects->relink_all = op->effects->reconsider = true;", "(void)0;"),
    ("vgic_priority_access", "op->effects->relink = mask & bank->linked;", "(void)0;"),
    ("vgic_priority_access", "\tvgic_op_dequeue(op, vintid / 32, mask);\n", ""),
    ("vgic_trigger_access", "change &= ~(0xffffu | bank->linked | vgic_borrowed(bank));", "change &= ~0xffffu;"),
    ("vgic_send_sgi", "== group1)", "!= group1)"),
    ("vgic_set_line_private", "if (level && (cpu->private.edge >> vintid & 1))", "if (0)"),
    ("vgic_set_line_shared", "if (level && (bank->edge >> (vintid % 32) & 1))", "if (0)"),
    ("vgic_short_may_list", "bank->edge & bank->enabled & cpu", "bank->enabled & cpu"),
    ("vgic_short_may_list", "bank->edge & bank->enabled & cpu", "bank->edge & cpu"),
    ("vgic_short_may_list", "bank->edge & bank->enabled & cpu->mine[vintid / 32]", "bank->edge & bank->enabled"),
    ("vgic_short_may_list", "bank->linked | bank->pending | bank->active", "bank->pending | bank->active"),
    ("vgic_short_may_list", "bank->active | bank->stray;", "bank->active;"),
    ("vgic_short_may_list", " || !(gic->ctlr >> group & 1)", ""),
    ("vgic_short_may_list", "return !(cpu->listed[vintid / 32] >> i & 1) || (empty >> bank->lr[i] & 1);",
     "return true;"),
    ("vgic_short_list", "\tcpu->listed[vintid / 32] |= 1u << i;\n", ""),
    ("vgic_short_list", "\tcpu->listed_banks |= 1u << vintid / 32;\n", ""),
    ("vgic_short_list", "\tbank->lr[i] = (uint8_t)n;\n", ""),
    ("vgic_short_news", "raised && !(raised & (raised - 1)) && !atomic_load(&cpu->review[0])",
     "raised && !(raised & (raised - 1))"),
    ("vgic_short_news", "raised && !(raised & (raised - 1)) && ", "raised && "),
    ("vgic_short_news", "\tatomic_or(&cpu->attend, 1u);\n\treturn false;", "\treturn false;"),
    ("short_list_edge", "vcpu->irq_tag == IRQ_TAG_NEVER || ", ""),
    ("take_news", "\t\t\tatomic_or(&vcpu->vgic.attend, 1u);\n", ""),
    ("take_news", "\t\tatomic_and(&vcpu->vgic.raised[0], ~(1u << vintid));\n", ""),
    ("write_word", "return !(value & ~bank->enabled);", "return true;"),
    ("send_sgi", "(vcpu->vgic.private.group1 >> sgi & 1) && ", ""),
    ("send_sgi", "\t\tif (!(atomic_load(&other->vgic.private.group1) >> sgi & 1))\n\t\t\tcontinue;\n", ""),
    # Moves.
    ("let_go", "\t\tgic_clear_active(0, intid);\n", "\t\t(void)0;\n"),
    ("let_go", "\tif (known)\n", ""),
    ("withdraw", "result = gic_disable(0, intid);", "result = OK;"),
    ("let_go", "\tirq_take_away(shared_word(intid), out.latched);\n", ""),
    ("withdraw", "\t} else if (atomic_load(&from->state) == VM_RUNNING) {\n\t\teffects_adopt(from, intid);\n",
     "\t} else {\n"),
    ("let_go", "out.pending = vgic_leave(", "out.pending = 0 & vgic_leave("),
    ("adopt", "intid, luggage.pending, stays_latched", "intid, false, stays_latched"),
    ("adopt", "stays_latched(to, intid, luggage));", "0 & stays_latched(to, intid, luggage));"),
    ("stays_latched", "gic_is_active(0, intid) || ", ""),
    ("stays_latched", "\t\t   (gic_is_active(0, intid) || gic_is_pending(0, intid));", "1;"),
    ("stays_latched", "luggage.latched && ", ""),
    ("adopt", "\t\tif (pending)\n\t\t\tgic_pend(0, intid);\n", ""),
    ("adopt", "\t\tif (pending)\n\t\t\tgic_pend(0, intid);\n", "\t\tgic_pend(0, intid);\n"),
    ("adopt", "\t\tif (pending)\n\t\t\tgic_pend(0, intid);\n",
     "\t\tif (luggage.pending)\n\t\t\tgic_pend(0, intid);\n"),
    ("adopt", "\tif (atomic_load_acquire(&to->state) == VM_RUNNING) { /* pairs with life_stop() */", "\tif (1) {"),
    ("adopt", "\t\teffects_quiesce_one(to, intid); /*", "\t\t; /*"),
    ("note", "\thistory->move_count++;\n", ""),
    ("pause_begin", "\tif (!last || sync_hold_all(last, self, SYNC_HURRY_US))\n",
     "\tif (last)\n\t\tlast->vcpu[0]->hold += last != (self ? self->vm : NULL);\n\tif (1)\n"),
    ("pause_begin", "\tif (!sync_hold_all(first, self, SYNC_HURRY_US))\n",
     "\tfirst->vcpu[0]->hold += first != (self ? self->vm : NULL);\n\tif (0)\n"),
    ("pause_end", "\tif (other)\n\t\tsync_release_all(other, self);\n", ""),
    ("pause_end", "\tsync_release_all(pause->vm[0], self);\n", ""),
    ("carry_held", " || is_handled(to, request, intid))", ")"),
    ("is_handled", "return !request->force && is_active(vm, intid);", "return is_active(vm, intid);"),
    ("is_handled", "return !request->force && is_active(vm, intid);", "return false;"),
    ("is_handled", "return pause_has_handler(vm) || is_active(vm, intid);", "return is_active(vm, intid);"),
    ("refusal", "if (atomic_load(&to->state) != VM_RUNNING)\n\t\treturn", "if (0)\n\t\treturn"),
    ("carry_held", "if (atomic_load(&to->state) != VM_RUNNING) /*", "if (0) /*"),
    ("sync_all_but", "return self && self->vm == vm ? all & ~(1u << self->index) : all;",
     "(void)all;\n\t(void)self;\n\treturn 0;"),
    ("adopt", "\t\tset_trigger(link);\n\t\tgic_route", "\t\tgic_route"),
    ("adopt", "\t\tgic_route(link->intid, vm->vcpu[link->target < vm->vcpu_count ? link->target : 0]->pcpu);\n",
     "\t\t(void)vm;\n"),
    ("adopt", "\tif (is_in(link->bank->enabled, link))\n\t\tenable(link);\n\telse",
     "\tif (1)\n\t\tenable(link);\n\telse"),
    ("adopt", "\tif (is_in(link->bank->enabled, link))\n\t\tenable(link);\n\telse", "\t"),
    ("clear", "\tlink_unpend(link);\n", ""),
    ("clear", "\tdeactivate(link);\n", ""),
    ("set_disabled", "\tirq_spoil(link_word(link));\n", ""),
    ("take_interrupts_away", "\tvgic_reset(&vm->vgic);", "\t;"),
    ("take_interrupts_away", "\teffects_quiesce_shared(vm);\n", ""),
    ("vgic_leave", "(bank->taken & bit) && vgic_is_latched(gic, vintid);", "bank->taken & bit;"),
    ("vgic_leave", "(bank->taken & bit) && vgic_is_latched(gic, vintid);", "bank->taken & bank->edge & bit;"),
    ("vgic_leave", "(bank->taken & bit) && vgic_is_latched(gic, vintid);", "bank->taken & bank->latched & bit;"),
    ("vgic_is_latched", "vgic_is_edge(gic, vintid) || ", ""),
    ("vgic_leave", "*known = (bank->taken | bank->active) & bit;", "*known = bank->active & bit;"),
    ("vgic_leave", "*known = (bank->taken | bank->active) & bit;", "*known = bank->taken & bit;"),
    ("vgic_leave", "\tbank->taken &= ~bit;\n", ""),
    ("vgic_leave", "\tbank->linked &= ~bit;\n", ""),
    ("vgic_join", "\tbank->pending &= ~bit;\n", ""),
    ("vgic_join", "pending |= (bank->pending & bit) != 0;", "(void)0;"),
    ("vgic_leave", "\tbool pending;\n\n\tvgic_op_dequeue(&op, b, bit);\n\tvgic_op_collect",
     "\tbool pending;\n\n\tvgic_op_collect"),
    ("vgic_leave", "\tvgic_op_collect(&op, b, bit);\n\tpending = ", "\tpending = "),
    ("vgic_join", "\tvgic_op_collect(&op, b, bit);\n\tpending |= ", "\tpending |= "),
    ("vgic_join", "bank->latched = pending || latched ? ", "bank->latched = latched ? "),
    # Changes of delivery.
    ("present_refresh", "\t\tlists_end_maintenance(vcpu);\n\t\tdirect_refresh", "\t\tdirect_refresh"),
    ("present_refresh", "\t\tif (vcpu->direct)\n\t\t\tdirect_close(vcpu);\n", ""),
    ("is_active", " && vm == link_owner(intid);", ";"),
    ("is_handled", "\tif (atomic_load(&vm->vgic.direct))\n\t\treturn pause_has_handler",
     "\tif (0)\n\t\treturn pause_has_handler"),
    ("is_active", "direct ? gic_is_active(0, intid) : vgic_is_active(&vm->vgic, intid);",
     "vgic_is_active(&vm->vgic, intid);\n\t(void)direct;"),
    ("present_end", "\tvcpu->busy = false;\n", ""),
    ("take_interrupts_away", "\tdelivery_end(vm);\n", ""),
    # Marks.
    ("let_go", "\tmark_wait_all(from);", "\t"),
    ("effects_quiesce_shared", "\tmark_wait_all(vm);", "\t"),
    ("mark_set", "\tcount();\n", ""),
    ("mark_clear", "\tcount();\n", ""),
    ("mark_wait", "== seen)", "& 1)"),
    ("mark_wait", "(seen & 1) && ", ""),
    ("mark_wait_all", "\t\tmark_wait(vm->vcpu[v]->pcpu);\n", "\t\t;\n"),
    ("mark_idle", "\t\tmark_clear();\n", ""),
    ("mark_idle", "\t\tmark_set();\n\t}\n", "\t}\n"),
    ("mark_idle", "\twhile (vcpu && atomic_load_acquire(&vcpu->hold)) {", "\twhile (0) {"),
    ("take_for_another", "\tmark_set();\n", ""),
    ("take_away", "\tmark_set();\n", ""),
    ("take_away", "\t\tmark_clear();\n", ""),
    ("take_one_away", "\tvgic_raise_at(&owner->vm->vgic, owner->index, irq_vintid(word));\n", ""),
    ("take_one_away", "\t\there->chooses = true;\n", "\t\t;\n"),
    ("take_marked", "\tmark_clear();\n\tirq_detours", "\tirq_detours"),
    ("take_marked", "\t\tmark_clear();\n\t\treturn 0;", "\t\treturn 0;"),
    ("take_marked", "!owner || atomic_load(&owner->vm->vgic.direct)", "!owner"),
    ("take_marked", "owner || (word & IRQ_WORD_LATCHED));", "owner != NULL);"),
    ("take_marked", "owner || (word & IRQ_WORD_LATCHED));", "true);"),
    ("take_marked", "attend = vgic_raise_at(&owner->vm->vgic, owner->index, irq_vintid(word));", "attend = 0;"),
    ("take_marked", "\t\tgive_back(slot, intid, ", "\t\t(void)(give_back, slot, "),
    ("give_back", "\tslot->count--;\n", "\t(void)slot;\n"),
    ("give_back", "\t\tgic_pend(pcpu_this(), intid);\n", "\t\treturn;\n"),
    ("take_without_guest", "\tmark_clear(); /* the", "\t; /* the"),
    ("take_slowly", "if (irq_kind(word) == IRQ_MOVING)", "if (0)"),
    ("irq_take_idle", "\t\tmark_clear();\n", ""),
    ("access_private", "!(op->held >> op->vcpu & 1)", "false"),
    ("present_end", "\tif (vcpu->direct)\n\t\tdirect_close(vcpu);\n\tgic_vif", "\tgic_vif"),
    ("vgic_bank_to_direct", "\tbank->latched |= bank->pending & borrowed & ~bank->edge;", "\t"),
    ("vgic_bank_to_direct", "\t\t.deactivate = bank->taken,\n", ""),
    ("vgic_bank_to_direct", ".pend = (bank->taken & (bank->edge | bank->latched)) |", ".pend ="),
    ("vgic_bank_to_direct", "((bank->pending | level_lines(bank)) & borrowed)",
     "(bank->pending & borrowed)"),
    ("vgic_bank_to_direct", "((bank->pending | level_lines(bank)) & borrowed)",
     "(level_lines(bank) & borrowed)"),
    ("vgic_bank_to_direct", "\tbank->taken = 0;\n", ""),
    ("vgic_bank_to_direct", "\tbank->pending &= ~borrowed;\n", ""),
    ("vgic_bank_to_direct", "\tbank->linked |= borrowed;\n", ""),
    ("vgic_bank_to_virtual", "\tbank->linked &= ~borrowed;\n", ""),
    ("vgic_bank_to_virtual", "\tbank->pending |= pending & borrowed & ~(level_lines(bank) | fallen(gic, vcpu, b));",
     "\t(void)pending;\n\t(void)fallen;"),
    ("vgic_bank_to_virtual", "borrowed & ~(level_lines(bank) | fallen(gic, vcpu, b));", "borrowed & ~fallen(gic, vcpu, b);"),
    ("vgic_bank_to_virtual", ".vcpu = (uint8_t)vcpu, .unpend = borrowed};", ".vcpu = (uint8_t)vcpu};"),
    ("vgic_bank_to_virtual", "~(level_lines(bank) | fallen(gic, vcpu, b));", "~level_lines(bank);\n\t(void)fallen;"),
    ("vgic_bank_to_direct", "\tvgic_op_collect(&op, b, UINT32_MAX);\n", ""),
    ("vgic_bank_to_direct", "\tvgic_op_dequeue(&op, b, UINT32_MAX);\n", ""),
    ("vgic_bank_to_virtual", "\tvgic_op_changed(&op, b, UINT32_MAX);\n", "\t(void)op;\n"),
    ("vgic_forward", ".pend = (raised & bank->linked) | (levels & bank->line),", ".pend = raised & bank->linked,"),
    ("vgic_forward", ".pend = (raised & bank->linked) | (levels & bank->line),", ".pend = levels & bank->line,"),
    ("vgic_forward", ".unpend = levels & ~bank->line & ~bank->latched,", ".unpend = 0,"),
    ("vgic_forward", ".unpend = levels & ~bank->line & ~bank->latched,", ".unpend = levels & ~bank->line,"),
    ("vgic_forward", "bank->pending |= raised & ~bank->linked;", "(void)0;"),
    ("relink_directly", "irq_direct_priority(bank->priority[link->vintid % 32]));", "0x80);"),
    ("relink_directly", "is_in(bank->enabled & ~bank->stray & bank->group1, link));",
     "is_in(bank->enabled & ~bank->stray, link));"),
    ("enable", "\tif (!link->vm->vgic.direct)\n\t\tset_enabled(link, true);", "\tset_enabled(link, true);"),
    ("classify", "link->intid, link->vm->vgic.direct);", "link->intid, 0);"),
    ("effects_deliver", "\tfor_each_bank(vm, disable_bank);\n", "\t(void)disable_bank;\n"),
    ("bank_to_direct", "\tlink_for_each(vm, owner, bank, effects.deactivate, deactivate);\n", ""),
    ("bank_to_direct", "\tlink_for_each(vm, owner, bank, effects.pend, link_pend);\n", ""),
    ("forward_all", "\t\tlink_for_each(vm, v, b, forwarded.pend, link_pend);\n", ""),
    ("vgic_forward", "bank->linked & ~bank->translated;", "bank->linked;"),
    ("vgic_forward", "\tif (left)\n\t\tatomic_or(&cpu->attend, 1u << b);\n", ""),
    ("holders", "\tif (gic->direct)", "\tif (0)"),
    ("write_enable", "if (op->gic->direct && !vgic_op_require_held(op, b, change))", "if (0)"),
    ("translate_refresh", "vcpu->unfinished || is_pending(vcpu);", "is_pending(vcpu);"),
    ("translate_refresh", "vcpu->unfinished || is_pending(vcpu);", "vcpu->unfinished || (0 && is_pending(vcpu));"),
    ("translate_end", "\tfollow_line(vcpu, vintid);\n", "\t(void)follow_line;\n"),
    ("translate_end", "\ttranslate_refresh(vcpu);\n", ""),
    ("translate_end", "vcpu->unfinished -= vcpu->unfinished > 0;", "(void)0;"),
    ("direct_refresh", "if (opens || news || was_held || vcpu->translates)", "if (opens || was_held || vcpu->translates)"),
    ("direct_refresh", "if (opens || news || was_held || vcpu->translates)", "if (opens || news || vcpu->translates)"),
    ("write_deactivate", "\t\tvgic_op_changed(op, b, value & bank_of(op, b)->translated);", "\t\t"),
    ("keep_binary_point", "if (vmcr & ICH_VMCR_VCBPR)", "if (0)"),
    ("direct_change_interface", "\ttranslate_refresh(vcpu);\n", ""),
    ("direct_change_interface", "physical.split_eoi = vmcr & ICH_VMCR_VEOIM;", ""),
    ("forward_all", "\t\tlink_for_each(vm, v, b, forwarded.unpend, link_unpend);\n", ""),
    ("bank_to_virtual", "\tlink_for_each(vm, owner, bank, effects.unpend, link_unpend);\n", ""),
    ("bank_to_virtual", "\tlink_for_each(vm, owner, bank, borrowed, classify);\n", ""),
    ("sample_has_active", "\t\tfound |= sample_active(vm, 0, b, vm->vgic.spi[b - 1].linked);", "\t\t(void)b;"),
    ("deliver_held", "(pause_has_handler(vm) || sample_has_active(vm))", "pause_has_handler(vm)"),
    ("deliver_held", "\t\tresult = obstacle_of_guest(vm, &stranger);\n",
     "\t\tresult = OBSTACLE_NONE * (int)obstacle_of_guest(vm, &stranger);\n"),
    ("delivery_end_direct", "again ? cpu_counter()", "0 ? cpu_counter()"),
    ("direct_end", "\t\tgic_set_split_eoi(false);\n", "\t\t(void)0;\n"),
    ("direct_close", "| (physical.enabled ? ICH_VMCR_VENG1 : 0)", "| ICH_VMCR_VENG1"),
    ("open_interface", ".enabled = vmcr & ICH_VMCR_VENG1,", ".enabled = true,"),
    ("open_interface", ".split_eoi = vmcr & ICH_VMCR_VEOIM,", ".split_eoi = false,"),
    ("open_interface", ".mask = irq_direct_mask(mask),", ".mask = 0xff,"),
    ("mask_directly", "\tgic_set_mask(irq_direct_mask(mask));\n", ""),
    ("mask_directly", "\tvcpu->divides = irq_direct_divides(mask);\n", ""),
    ("open_interface", "\tif (irq_direct_divides(mask))\n\t\tfind_divided(vcpu);\n", ""),
    ("direct_running_priority", "lowest_is_active(vcpu)", "false"),
    ("vgic_priority_access", "\top->effects->reconsider = mask & bank->enabled;\n", ""),
    ("direct_close", "\tgic_direct_close();\n", ""),
    ("direct_close", "\tguest_take_irqs(false);\n", ""),
    ("deactivate", "\t\tgic_deactivate(vgic_bank(gic, &vcpu->vgic, vintid / 32)->intid[vintid % 32]);\n", "\t\t(void)0;\n"),
    ("deactivate", "gic_deactivate(vgic_bank(gic, &vcpu->vgic, vintid / 32)->intid[vintid % 32]);", "gic_deactivate(vintid);"),
    ("obstacle_check", "\t\tobstacle_met(vcpu, why, stranger);\n", "\t\t(void)0;\n"),
    ("gic_access", "\tif (effects.reconsider && gic->direct && obstacle_is_sought(vcpu))\n\t\tobstacle_check(vcpu);\n", ""),
    ("gic_access", "access->value |= sample_active(vcpu->vm, effects.vcpu, effects.bank, effects.ask_active);",
     "(void)0;"),
    ("send_directly", "\t\t\tgic_short_send(other->notify, sgi);\n", "\t\t\t(void)sgi;\n"),
    ("is_sampled_now", "return gic->direct && !((bank->edge | bank->translated) >> (vintid % 32) & 1);",
     "(void)gic;\n\t(void)bank;\n\t(void)vintid;\n\treturn 0;"),
    ("write_activate", "\t\t\top->effects->activate = value & bank->linked;\n", "\t\t\treturn;\n"),
    ("write_deactivate", "\t\top->effects->deactivate = value & bank_of(op, b)->linked;\n", ""),
    ("vgic_queue_add_many", "levels |= 1u << level;", "levels = 1u << level;"),
    ("vgic_queue_add_many", "count++;", ""),
    ("vgic_queue_add_many", "|= bits & -bits;", "|= bits;"),
    ("vgic_queue_best", "level = bits_lowest(queue->levels);", "level = 31 - (unsigned)__builtin_clz(queue->levels);"),
    ("vgic_queue_clear", "\tif (queue->bits[level][bank])\n\t\treturn;\n", ""),
    ("vgic_raise_seen", "if (target == seen || !take_back(gic, seen, vintid))",
     "if (1 || !take_back(gic, seen + target, vintid))"),
    ("vgic_op_collect", "mask &= op->private_bank ? bank->translated : ~devices(bank);",
     "mask &= op->private_bank ? bank->translated : 0;"),
    ("vgic_op_collect", "mask &= op->private_bank ? bank->translated : ~devices(bank);",
     "mask &= op->private_bank ? 0 : ~devices(bank);"),
    ("vgic_forward", "moved = raised & others;", "moved = 0 & others;"),
    ("forward_all", "\t\ttell_all(vm, forwarded.attend);\n", ""),
    ("read_pending", "bank->translated & ~(bank->edge | bank->latched);", "0;"),
    # The closed flag; tests/handshakes/closed.pml has the order of its steps.
    ("vgic_closed_may_come", "> closed;", ">= closed;"),
    ("vgic_closed_comes", "!closed->pages || ", ""),
    ("may_come", " || atomic_load(&closed->waiting)", ""),
    ("raise_pending", "was > urgency ? was : urgency", "urgency"),
    ("vgic_closed_withholds", "raise_pending(&closed->pages->pending, SIGNALBOX_URGENCY(priority));", "(void)raise_pending;"),
    ("vgic_closed_withholds", "\tatomic_add(&closed->pages->avoided[avoided], 1);\n", "\t(void)avoided;\n"),
    ("vgic_closed_take_back", "atomic_swap(&closed->pages->pending, 0);", "(void)0;"),
    ("vgic_closed_wait", "atomic_store(&closed->waiting, true);", "(void)0;"),
    ("vgic_closed_open", "atomic_store(&closed->pages->closed, SIGNALBOX_CLOSED_NOTHING);", "(void)0;"),
    ("vgic_withholds", "atomic_load(&gic->direct) ? 0 : most_urgent(gic, cpu)", "(most_urgent(gic, cpu), 0)"),
    ("most_urgent", "best = priority < best ? priority : best;", "best = priority;"),
    ("open_ones", "open &= ~(vcpus & -vcpus);", "(void)vcpu;"),
    ("share_sleep", "\tvgic_closed_wait(&vcpu->vgic.closed);\n", ""),
]


class Definitions:
    """All functions of some folders, by name: several may be called the same."""

    def __init__(self, *folders):
        self.by_name = {}
        for path in sorted(path for folder in folders for path in folder.rglob("*.[ch]")):
            text = path.read_text()
            starts = [0, *(end.end() for end in re.finditer("\n", text))]  # of lines
            for function in source.functions(text):
                if function.is_definition:
                    place = path, starts[function.line - 1], starts[function.body[-1].line]
                    self.by_name.setdefault(function.name, []).append(place)

    def place(self, function, old):
        """(file, begin, end) of what a mistake replaces. ValueError: the text is not there, or not only once."""
        pattern = re.compile(r"\s+".join(map(re.escape, old.split())))
        begins, ends = old[0].isspace(), old[-1].isspace()
        found = [(path, match.start(), match.end()) for path, first, last in self.by_name.get(function, [])
                 for match in pattern.finditer(path.read_text(), first, last)]
        if len(found) != 1:
            raise ValueError(f"{function}(): {len(found)} times, should be once: {old.strip()}")
        path, begin, end = found[0]
        text = path.read_text()
        while begins and text[begin - 1] in " \t":
            begin -= 1
        while ends and text[end] in " \t\n":
            end += 1
            if text[end - 1] == "\n":
                break
        return path, begin, end

    def plant(self, function, old, new):
        """Replaces it; answers the file and its text before."""
        path, begin, end = self.place(function, old)
        text = path.read_text()
        path.write_text(text[:begin] + new + text[end:])
        return path, text


def main(root):
    definitions = Definitions(root / "hypervisor/vgic", root / "hypervisor/flow")
    bad = False
    for number, (function, old, _) in enumerate(MISTAKES, 1):
        try:
            definitions.place(function, old)
        except ValueError as error:
            print(f"tests/model/mistakes.py: {number}: {error}")
            bad = True
    return bad


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT))
