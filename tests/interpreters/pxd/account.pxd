# SPDX-License-Identifier: Apache-2.0
cimport cython
from libc.stdint cimport int64_t

from groschen.core.amount cimport Limbs
from groschen.core.component cimport Component, Divisions, Rate

cdef class Account:
    cdef public Limbs balance, topups, refunds
    cdef public Component ht, nt, power
    cdef public Divisions base
    cdef public object debt
    cdef public Rate _base_rate
    cdef public Limbs _charges

    @cython.locals(energy=Component)
    cpdef charge_pulses(self, bint high, int64_t pulses)
    cpdef charge_demand(self, int64_t pulses)
